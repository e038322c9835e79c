import type { Queryable } from '../database/database.ts';
import type { Account } from './book-state.ts';

/** What an account becomes, who says so and why; both are kept for ever. */
export type StatusChange = {
  readonly accountId: bigint;
  readonly status: Account['status'];
  readonly actor: string;
  readonly reason: string;
};

export type StatusResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: 'unknown_account' | 'account_closed' | 'balance_not_zero' | 'funds_held';
    };

/**
 * Freezes, releases or closes an account. A frozen one takes credits and pays nothing; closing is
 * for ever and needs a balance and holds of nothing. What it is already it becomes without a row.
 * Faults: those of the database; waits for batches that have the account locked.
 */
export async function setAccountStatus(
  db: Queryable,
  { accountId, status, actor, reason }: StatusChange,
): Promise<StatusResult> {
  if (!db.isTransaction) {
    return db.transaction((trx) => setAccountStatus(trx, { accountId, status, actor, reason }));
  }
  const found = await db.raw<{ rows: LockedRow[] }>(
    `select status, balance_minor <> 0 as has_balance, held_minor <> 0 as has_holds
     from account where id = ? for update`,
    [accountId.toString()],
  );
  const account = found.rows[0];
  const refusal = refusalOf(account, status);
  if (refusal !== null) return { ok: false, reason: refusal };
  if (account === undefined || account.status === status) return { ok: true };
  await db.raw('update account set status = ? where id = ?', [status, accountId.toString()]);
  await db.raw(
    `insert into account_status_change (account_id, from_status, to_status, actor, reason)
     values (?, ?, ?, ?, ?)`,
    [accountId.toString(), account.status, status, actor, reason],
  );
  return { ok: true };
}

type LockedRow = { status: Account['status']; has_balance: boolean; has_holds: boolean };

function refusalOf(account: LockedRow | undefined, status: Account['status']) {
  if (account === undefined) return 'unknown_account';
  if (account.status === status) return null;
  if (account.status === 'closed') return 'account_closed';
  if (status !== 'closed') return null;
  if (account.has_balance) return 'balance_not_zero';
  return account.has_holds ? 'funds_held' : null;
}
