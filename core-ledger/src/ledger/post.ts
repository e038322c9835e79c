import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import { createBookStore } from './book-store.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { decideItems } from './posting.ts';

/**
 * The door for small writers: posts items in a transaction of the pool, with whatever else is
 * written in it. Answers as `Ledger.post` does, without its batches and its retries.
 * Faults: those of the database; an id that another transaction used meanwhile is one (23505).
 */
export async function post(
  db: Queryable,
  items: readonly LedgerItem[],
): Promise<readonly PostResult[]> {
  if (!db.isTransaction) return db.transaction((trx) => post(trx, items));
  const { results, writes } = await decideItems(createBookStore(), items, async (statements) => {
    const answers = [];
    for (const statement of statements) answers.push(await runStatement(db, statement));
    return answers;
  });
  for (const statement of writes) await runStatement(db, statement);
  return results;
}
