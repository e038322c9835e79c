import { v7 } from 'uuid';
import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import { accountOf } from '../ledger/book-loading.ts';
import { columnsOfAccount } from '../ledger/book-statements.ts';
import { createBookStore } from '../ledger/book-store.ts';
import { createBook } from '../ledger/book.ts';
import type { Account } from '../ledger/book-state.ts';

/**
 * Lets wallets that owe repay with what is available on them, those that owe for longest first, at
 * most `limit` of them; one that owes nothing any more leaves the list. Accounts that somebody has
 * locked are left for the next time. Any number of jobs may run at once.
 * @returns how many wallets paid something or left the list
 * Faults: those of the database; then nothing was repaid.
 */
export async function collectDebts(db: Queryable, limit: number): Promise<number> {
  if (!db.isTransaction) return db.transaction((trx) => collectDebts(trx, limit));
  const store = createBookStore();
  const locked = await runStatement(db, { ...lockDebtors, values: [limit] });
  const wallets = Map.groupBy(locked.rows, ([walletId]) => walletId ?? '');
  const book = createBook({ accounts: locked.rows.map((row) => accountOf(row.slice(1))) });
  const free: string[] = [];
  let done = 0;
  for (const [walletId, rows] of wallets) {
    const accounts = rows.map(([, id]) => book.account(BigInt(id ?? '')));
    const debtor = accounts.find((account) => account?.kind === 'receivable');
    const payer = accounts.find((account) => account?.kind !== 'receivable');
    // Both accounts or none: the other one is locked by somebody else.
    if (debtor === undefined || payer === undefined) continue;
    const minor = lesser(-debtor.balanceMinor, payer.balanceMinor - payer.heldMinor);
    if (minor > 0n) book.post(repayment(payer, debtor, minor));
    if (debtor.balanceMinor >= 0n) free.push(walletId);
    if (minor > 0n || debtor.balanceMinor >= 0n) done += 1;
  }
  for (const statement of store.write(book)) await runStatement(db, statement);
  await db.raw('delete from wallet_debt where wallet_id = any(?::uuid[])', [free]);
  return done;
}

function repayment(payer: Account, debtor: Account, minor: bigint) {
  const { currency } = payer;
  const ids = { id: v7(), paymentId: null, intentId: null };
  return {
    ...({ type: 'transfer', kind: 'debt_repayment', ...ids } as const),
    legs: [
      { accountId: payer.id, amountMinor: -minor, currency },
      { accountId: debtor.id, amountMinor: minor, currency },
    ],
  };
}

/** Wallets that owe and could repay, and since when the oldest of them at the latest, as SQL. */
export const overdueDebts = `select 'overdue debts', count(*),
    extract(epoch from min(e.posted_at)) * 1000
  from wallet_debt d
    join account p on p.wallet_id = d.wallet_id and p.kind in ('customer', 'merchant_available')
    left join entry e on e.account_id = p.id and e.version = p.version
  where p.balance_minor > p.held_minor and p.status <> 'closed'`;

/**
 * Waits for nobody, and so may lock in the order of time. Not as joins: of a list that is empty
 * and a million accounts they begin with the accounts.
 */
const lockDebtors = {
  name: 'lock_debtors',
  text: `with due as (
      select d.wallet_id, d.since from wallet_debt d
      where exists (select from account p where p.wallet_id = d.wallet_id
          and p.kind in ('customer', 'merchant_available')
          and p.balance_minor > p.held_minor and p.status <> 'closed' offset 0)
        or exists (select from account r where r.wallet_id = d.wallet_id
          and r.kind = 'receivable' and r.balance_minor >= 0 offset 0)
      order by d.since limit $1::int)
    select due.wallet_id, ${columnsOfAccount}
    from due join account a on a.wallet_id = due.wallet_id
      and a.kind in ('customer', 'merchant_available', 'receivable')
    order by due.since, a.id for update of a skip locked`,
};

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
