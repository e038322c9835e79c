import type { Queryable } from '../../database/database.ts';
import { LedgerFault } from '../../database/fault.ts';
import type { AccountKind } from '../chart.ts';
import { justAfter, positions } from './positions.ts';

/** An account as it is now; amounts in minor units. */
export type AccountBalance = {
  readonly accountId: bigint;
  readonly kind: AccountKind;
  readonly currency: string;
  readonly status: 'active' | 'frozen' | 'closed';
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
  /** Balance less held: what may be spent, save for a limit below zero. */
  readonly availableMinor: bigint;
  /** How many entries the account has had. */
  readonly version: bigint;
};

export type AccountRow = {
  id: string;
  kind: AccountKind;
  currency: string;
  status: AccountBalance['status'];
  balance_minor: string;
  held_minor: string;
  version: string;
};

export const columnsOfAccount =
  'a.id, a.kind, a.currency, a.status, a.balance_minor, a.held_minor, a.version';

/** Balances now, by account id, all of one moment; ids without an account are left out. */
export async function findBalances(
  db: Queryable,
  accountIds: readonly bigint[],
): Promise<Map<bigint, AccountBalance>> {
  const found = await db.raw<{ rows: AccountRow[] }>(
    `select ${columnsOfAccount} from account a where a.id = any(?::bigint[])`,
    [accountIds.map(String)],
  );
  return new Map(found.rows.map((row) => [BigInt(row.id), balanceOf(row)]));
}

export function balanceOf(row: AccountRow): AccountBalance {
  const balanceMinor = BigInt(row.balance_minor);
  const heldMinor = BigInt(row.held_minor);
  return {
    ...{ accountId: BigInt(row.id), kind: row.kind, currency: row.currency, status: row.status },
    ...{ balanceMinor, heldMinor, availableMinor: balanceMinor - heldMinor },
    version: BigInt(row.version),
  };
}

/** `version` is the last entry posted by then; `archived`: what is asked is no longer kept. */
export type PastBalance =
  | {
      readonly ok: true;
      readonly currency: string;
      readonly balanceMinor: bigint;
      readonly version: bigint;
    }
  | { readonly ok: false; readonly reason: 'unknown_account' | 'archived' };

/**
 * Balances as of the past, one answer for each id. `knownAt` counts what was posted by then,
 * `effectiveAt` what counts for its owner by then (back-dated entries at the time they were dated
 * to); both together: what was known at the one about the other. An absent axis is now. A moment
 * less than a transaction's duration ago may still gain entries.
 * Faults: `journal_gap` when an entry on the way is missing.
 */
export async function findPastBalances(
  db: Queryable,
  options: { accountIds: readonly bigint[]; knownAt?: Date; effectiveAt?: Date },
): Promise<Map<bigint, PastBalance>> {
  const { accountIds, knownAt = null, effectiveAt = null } = options;
  const posted = earlier(knownAt, effectiveAt);
  const found = await db.raw<{ rows: PositionRow[] }>(
    `${positions}
     select p.account_id, p.currency, p.version, p.archived, p.found,
       p.balance_minor + b.later_minor as balance_minor
     from position p
     cross join lateral (
       select coalesce(sum(amount_minor), 0) as later_minor from entry
       where account_id = p.account_id and effective_at <= :effectiveAt::timestamptz
         and posted_at >= p.moment and posted_at < :knownBefore::timestamptz
     ) b`,
    {
      accountIds: accountIds.map(String),
      moments: accountIds.map(() => momentAfter(posted)),
      effectiveAt: effectiveAt?.toISOString() ?? null,
      knownBefore: momentAfter(knownAt),
    },
  );
  const balances = new Map<bigint, PastBalance>();
  for (const id of accountIds) balances.set(id, { ok: false, reason: 'unknown_account' });
  for (const row of found.rows) balances.set(BigInt(row.account_id), pastBalanceOf(row));
  return balances;
}

type PositionRow = {
  account_id: string;
  currency: string;
  version: string;
  balance_minor: string;
  archived: boolean;
  found: boolean | null;
};

function pastBalanceOf(row: PositionRow): PastBalance {
  if (row.archived) return { ok: false, reason: 'archived' };
  if (row.found !== true) {
    throw new LedgerFault('journal_gap', `an entry of account ${row.account_id} is missing`);
  }
  const { currency, balance_minor: balance, version } = row;
  return { ok: true, currency, balanceMinor: BigInt(balance), version: BigInt(version) };
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function momentAfter(moment: Date | null): string {
  return moment === null ? 'infinity' : justAfter(moment);
}
