import { difference, type Difference } from './difference.ts';
import type { Audited } from './reconcile.ts';
import type { Told, ToldSettlement } from './told.ts';

type AuditedSettlement = Pick<
  ToldSettlement,
  'id' | 'walletId' | 'status' | 'netMinor' | 'confirmedMinor' | 'returnedMinor'
>;

/** What the audit views say of settlements. */
export type AuditedPayouts = {
  /** Of wallets of this run. */
  settlements: AuditedSettlement[];
  /** By wallet: what entries of settlements have taken from it. */
  paidOut: Map<string, bigint>;
  /** Of all merchants: what reports say the bank has, and what its account was moved by. */
  bank: { reportedMinor: bigint; movedMinor: bigint };
};

/** Before it was sent, or when nothing was to be sent. */
const unsent = new Set(['pending', 'scheduled', 'pending_approval', 'aborted']);

/** What has left the merchant and not come back. */
function paidOutBy({ status, netMinor, returnedMinor }: AuditedSettlement): bigint {
  return unsent.has(status) ? 0n : netMinor - returnedMinor;
}

/**
 * Each settlement stands as we were told, its report adds up, what merchants' entries say they were
 * paid is what their reports say, and what all reports say was confirmed the bank's entries say.
 */
export function comparePayouts(told: Told, audited: Audited): Difference[] {
  const rows = new Map(audited.settlements.map((row) => [row.id, row]));
  const wrong = [...told.settlements.values()].flatMap((one) => {
    const row = rows.get(one.id);
    const found = row === undefined ? 'none' : wordsOf(row);
    const known = audited.intentIds.has(one.id) ? [] : ['no intent'];
    if (one.status === 'pending') return [difference('not_final', one.id, 'pending', found)];
    const sum = one.reportMinor === one.netMinor ? [] : [`a report of ${one.reportMinor}`];
    const ways = [...(found === wordsOf(one) ? [] : [found]), ...sum, ...known];
    if (ways.length === 0) return [];
    return [difference('settlement_differs', one.id, wordsOf(one), ways.join(', '))];
  });
  const unexpected = audited.settlements
    .filter((row) => !told.settlements.has(row.id) && paidOutBy(row) !== 0n)
    .map((row) => difference('settlement_differs', row.id, 'never asked for', wordsOf(row)));
  return [...wrong, ...unexpected, ...compareEntries(audited)];
}

function compareEntries({ settlements, paidOut, bank }: AuditedPayouts): Difference[] {
  const reported = new Map<string, bigint>();
  for (const row of settlements) {
    reported.set(row.walletId, (reported.get(row.walletId) ?? 0n) + paidOutBy(row));
  }
  const ofWallets = [...new Set([...reported.keys(), ...paidOut.keys()])].flatMap((walletId) => {
    const [reports, entries] = [reported.get(walletId) ?? 0n, paidOut.get(walletId) ?? 0n];
    if (reports === entries) return [];
    const words = [`reports of ${reports} paid out`, `entries of ${entries}`] as const;
    return [difference('settlement_differs', walletId, ...words)];
  });
  if (bank.reportedMinor === bank.movedMinor) return ofWallets;
  const words = [`${bank.reportedMinor} confirmed`, `entries of ${bank.movedMinor}`] as const;
  return [...ofWallets, difference('settlement_differs', 'the bank', ...words)];
}

function wordsOf({ status, netMinor, confirmedMinor, returnedMinor }: AuditedSettlement): string {
  return `${status} ${netMinor}/${confirmedMinor}/${returnedMinor}`;
}

/** What settlements have taken from wallets. */
export function movesOfPayouts({ settlements }: Told): { walletId: string; minor: bigint }[] {
  return [...settlements.values()].map((one) => ({
    walletId: one.walletId,
    minor: -paidOutBy(one),
  }));
}
