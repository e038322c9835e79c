import { difference, type Difference } from './difference.ts';
import type { Audited } from './reconcile.ts';
import type { Told } from './told.ts';

export type AuditedDispute = {
  id: string;
  paymentId: string;
  state: string;
  payerWalletId: string;
  payeeWalletId: string;
  /** The payer's while it runs; the payer's for good; what the payee pays for it. */
  creditedMinor: bigint;
  awardedMinor: bigint;
  feeMinor: bigint;
};

/** Withdrawals, disputes and tickets. */
export function compareCases(told: Told, audited: Audited): Difference[] {
  return [
    ...compareWithdrawals(told, audited),
    ...compareDisputes(told, audited),
    ...compareTickets(told, audited),
  ];
}

/** Each withdrawal left its wallet once, or was refused and did not. */
function compareWithdrawals(told: Told, audited: Audited): Difference[] {
  return [...told.withdrawals.values()].flatMap(({ id, status }) => {
    const transfers = audited.transfersByIntent.get(id) ?? 0;
    const wanted = status === 'failed' ? 0 : 1;
    const isFinal = status === 'paid' || status === 'returned' || status === 'failed';
    if (isFinal && transfers === wanted && audited.intentIds.has(id)) return [];
    const seen = `${audited.intentIds.has(id) ? 'an intent' : 'no intent'}, ${transfers} transfers`;
    const kind = isFinal ? 'act_differs' : 'not_final';
    return [difference(kind, id, `withdrawal ${status}, ${wanted} transfers`, seen)];
  });
}

/** Each dispute stands as its payer was told, and nobody is disputed by no one. */
function compareDisputes(told: Told, audited: Audited): Difference[] {
  const rows = new Map(audited.disputes.map((row) => [row.id, row]));
  const wrong = [...told.disputes.values()].flatMap(({ id, paymentId, status }) => {
    const state = rows.get(id)?.state ?? 'none';
    const isSame = state === status || told.unsure.has(paymentId);
    if (isSame && audited.intentIds.has(id)) return [];
    return [difference('act_differs', id, `dispute ${status}`, state)];
  });
  const unexpected = audited.disputes
    .filter(({ id, paymentId }) => !told.disputes.has(id) && !told.unsure.has(paymentId))
    .map(({ id, state }) => difference('act_differs', id, 'never asked for', `dispute ${state}`));
  return [...wrong, ...unexpected];
}

/** Each ticket was opened, and never moves money. */
function compareTickets(told: Told, audited: Audited): Difference[] {
  return [...told.tickets.values()].flatMap(({ id, status }) => {
    if (status === 'pending') return [difference('not_final', id, 'a ticket', 'not opened')];
    const isKept = audited.intentIds.has(id) && !audited.transfersByIntent.has(id);
    return isKept ? [] : [difference('act_differs', id, `ticket ${status}`, 'another intent')];
  });
}

/** What disputes and withdrawals have done to wallets. */
export function movesOfCases(told: Told, audited: Audited): { walletId: string; minor: bigint }[] {
  const ofDisputes = audited.disputes.flatMap((row) => {
    const { payerWalletId, payeeWalletId, creditedMinor, awardedMinor, feeMinor } = row;
    return [
      { walletId: payerWalletId, minor: creditedMinor + awardedMinor },
      { walletId: payeeWalletId, minor: -awardedMinor - feeMinor },
    ];
  });
  const ofWithdrawals = [...told.withdrawals.values()]
    .filter(({ status }) => status === 'paid' || status === 'in_transit')
    .map(({ walletId, amountMinor }) => ({ walletId, minor: -amountMinor }));
  return [...ofDisputes, ...ofWithdrawals];
}
