import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import { createBookStore } from './book-store.ts';
import type { BookItem, PostResult } from './book.ts';

/**
 * The door for small writers: posts any mix of items in one go and answers each separately; a
 * refusal leaves its neighbours alone. Pass a transaction when something else must happen with it.
 * Faults: those of the database; a transfer id used before is one (23505).
 */
export async function post(db: Queryable, items: readonly BookItem[]): Promise<PostResult[]> {
  if (!db.isTransaction) return db.transaction((trx) => post(trx, items));
  const store = createBookStore();
  const accountIds = new Set(items.flatMap(accountsOf));
  const book = store.open(await runStatement(db, store.lock(accountIds)));
  const results = items.map((item) => book.post(item));
  for (const statement of store.write(book)) await runStatement(db, statement);
  return results;
}

export function accountsOf(item: BookItem): bigint[] {
  switch (item.type) {
    case 'transfer':
      return item.legs.map((leg) => leg.accountId);
    case 'hold':
      return [item.accountId];
    case 'capture':
      return item.to.map((credit) => credit.accountId);
    case 'chain':
      return item.items.flatMap(accountsOf);
    case 'void':
    case 'reversal':
      return [];
  }
}
