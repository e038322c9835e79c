import type { Connection, Transaction } from '../database/connection.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { askedBy } from './asked.ts';
import type { Asked } from './asked.ts';
import { amountsOf } from './book-loading.ts';
import type { Loaded } from './book-loading.ts';
import type { BookStore } from './book-store.ts';
import { createBook } from './book.ts';
import type { BookContents } from './book.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { createMemory } from './memory.ts';
import type { Remembered } from './memory.ts';
import { payloadHashOf } from './payload-hash.ts';

/** Filled before the commit goes out: what its outcome, if it becomes unknown, is about. */
export type Decided = { results: readonly PostResult[] | null };

/** Sends statements in a transaction; the answers come in their order. */
type Send = (statements: Statement[]) => Promise<readonly Answer[]>;

/** Load and decide: what is answered, and what must be written before it is so. */
export async function decideItems(
  store: BookStore,
  items: readonly LedgerItem[],
  send: Send,
): Promise<{ results: readonly PostResult[]; writes: Statement[] }> {
  const asked = askedBy(items);
  const hashes = new Map<LedgerItem, string>();
  const load = async (): Promise<Loaded> => {
    const { statements, read } = store.load(asked);
    const answers = send(statements);
    // While others have the accounts: what is done now is not done while we have them.
    if (hashes.size === 0) for (const item of asked.items) hashes.set(item, payloadHashOf(item));
    return read(await answers);
  };
  let loaded = await load();
  // A hold or a transfer that came while the locks were waited for: its accounts are not locked
  // yet. Decided now, its item would stand before it and its neighbours behind it.
  while (!isLocked(loaded.contents)) loaded = await load();
  const { contents, known } = loaded;
  if (known.size > 0) await recallAmounts(store, send, asked, known);
  const book = createBook(contents);
  await store.loadLimits(book, send);
  const memory = createMemory(book, known, hashes);
  const results = items.map((item) => memory.post(item));
  return { results, writes: store.write(book, memory) };
}

/**
 * Posts items in one transaction of two flights: locks and look-ups go out together; after
 * deciding in memory, all rows and the commit do. A dry run sends the same rows and rolls back.
 * Faults: those of the connection; `commit_unknown` when the answer to the commit was lost.
 */
export async function postInOneTransaction(
  connection: Connection,
  store: BookStore,
  items: readonly LedgerItem[],
  options: { dryRun: boolean; decided: Decided },
): Promise<readonly PostResult[]> {
  const { dryRun, decided } = options;
  const open: { transaction: Transaction | null } = { transaction: null };
  const send: Send = async (statements) => {
    if (open.transaction !== null) return open.transaction.flight(statements);
    open.transaction = await connection.begin(statements);
    return open.transaction.answers;
  };
  try {
    const { results, writes } = await decideItems(store, items, send);
    if (dryRun) await open.transaction?.flight(writes);
    if (dryRun || writes.length === 0) await open.transaction?.rollback();
    else {
      decided.results = results;
      await open.transaction?.commit(writes);
    }
    return results;
  } catch (error) {
    await open.transaction?.rollback();
    throw error;
  }
}

/** An answer that had amounts is given again with them: they are read from the entries. */
async function recallAmounts(
  store: BookStore,
  send: Send,
  { openTransfers }: Asked,
  known: Map<string, Remembered>,
): Promise<void> {
  const posted = openTransfers.filter(({ id }) => known.get(id)?.refusal === null);
  if (posted.length === 0) return;
  const [answer] = await send([store.readEntries(posted.map(({ id }) => id))]);
  const entries = amountsOf(answer);
  for (const { id, legs } of posted) {
    const remembered = known.get(id);
    if (remembered === undefined) continue;
    const amounts = legs.map(({ accountId }) => entries.get(id)?.get(accountId) ?? 0n);
    known.set(id, { ...remembered, amounts });
  }
}

/** Are the accounts of all holds and of all transfers to be reversed among those locked? */
function isLocked({ accounts, holds = [], originals = [] }: BookContents): boolean {
  const locked = new Set<bigint>();
  for (const { id } of accounts) locked.add(id);
  for (const { accountId } of holds) if (!locked.has(accountId)) return false;
  for (const { entries } of originals) {
    if (entries.some(({ accountId }) => !locked.has(accountId))) return false;
  }
  return true;
}
