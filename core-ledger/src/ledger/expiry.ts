import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import { accountOf, holdOf } from './book-loading.ts';
import { columnsOfAccount } from './book-statements.ts';
import { createBookStore } from './book-store.ts';
import { createBook } from './book.ts';

/** `withoutPayment` leaves the holds of payments to those who change the payment with them. */
export type ExpiryOptions = { readonly limit: number; readonly withoutPayment?: boolean };

/**
 * Expires holds whose time has come by the database's clock, the oldest first: the row says so and
 * the account has its money back, in one transaction. Accounts are locked as batches lock them;
 * those that somebody has locked are left for the next time. Any number of jobs may run at once.
 * @returns how many holds expired
 * Faults: those of the database; then nothing expired.
 */
export async function expireHolds(db: Queryable, options: ExpiryOptions): Promise<number> {
  if (!db.isTransaction) return db.transaction((trx) => expireHolds(trx, options));
  const { limit, withoutPayment = false } = options;
  const store = createBookStore();
  const due = await runStatement(db, { ...lockDue, values: [withoutPayment, limit] });
  if (due.rows.length === 0) return 0;
  const ids = due.rows.map(([id]) => id ?? '');
  // What was read before the lock may be captured or voided by now.
  const holds = await runStatement(db, store.readHolds(ids));
  const book = createBook({
    accounts: due.rows.map((row) => accountOf(row.slice(1))),
    holds: holds.rows.map(holdOf),
  });
  const expired = ids.filter((id) => book.expire(id)).length;
  for (const statement of store.write(book)) await runStatement(db, statement);
  return expired;
}

/** Waits for nobody, and so may lock in the order of expiry. */
const lockDue = {
  name: 'lock_due_holds',
  text: `select h.id as hold_id, ${columnsOfAccount}
    from hold h join account a on a.id = h.account_id
    where h.state = 'open' and h.expires_at <= statement_timestamp()
      and (h.payment_id is null or not $1::boolean)
    order by h.expires_at limit $2 for update of a skip locked`,
};
