import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import { accountOf, holdOf } from './book-loading.ts';
import { columnsOfAccount } from './book-statements.ts';
import { createBookStore } from './book-store.ts';
import type { Account, Hold } from './book-state.ts';

/**
 * Expires holds whose time has come by the database's clock, the oldest first: the row says so and
 * the account has its money back, in one transaction. Accounts are locked as batches lock them;
 * those that somebody has locked are left for the next time. Any number of jobs may run at once.
 * @returns how many holds expired
 * Faults: those of the database; then nothing expired.
 */
export async function expireHolds(db: Queryable, { limit }: { limit: number }): Promise<number> {
  if (!db.isTransaction) return db.transaction((trx) => expireHolds(trx, { limit }));
  const store = createBookStore();
  const due = await runStatement(db, { ...lockDue, values: [limit] });
  if (due.rows.length === 0) return 0;
  const ids = due.rows.map(([id]) => id ?? '');
  const accounts = new Map(
    due.rows.map((row) => accountOf(row.slice(1))).map((account) => [account.id, account]),
  );
  // What was read before the lock may be captured or voided by now.
  const holds = await runStatement(db, store.readHolds(ids));
  const expired = new Set<Hold>();
  const changed = new Set<Account>();
  for (const hold of holds.rows.map(holdOf)) {
    const account = accounts.get(hold.accountId);
    if (account === undefined || hold.state !== 'open' || !hold.isPast) continue;
    account.heldMinor -= hold.amountMinor - hold.capturedMinor;
    hold.state = 'expired';
    expired.add(hold);
    changed.add(account);
  }
  const none = { transfers: [], entries: [], newHolds: [] };
  const writes = store.write({ ...none, changed, changedHolds: expired });
  for (const statement of writes) await runStatement(db, statement);
  return expired.size;
}

/** Waits for nobody, and so may lock in the order of expiry. */
const lockDue = {
  name: 'lock_due_holds',
  text: `select h.id as hold_id, ${columnsOfAccount}
    from hold h join account a on a.id = h.account_id
    where h.state = 'open' and h.expires_at <= statement_timestamp()
    order by h.expires_at limit $1 for update of a skip locked`,
};
