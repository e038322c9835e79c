import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Transaction } from '../database/connection.ts';
import { LedgerFault } from '../database/fault.ts';
import { StatementFault } from '../database/session.ts';
import { isRetriable } from '../database/sqlstates.ts';
import { askedBy } from './asked.ts';
import { amountsOf } from './book-loading.ts';
import { createBookStore } from './book-store.ts';
import type { BookStore } from './book-store.ts';
import { createBook } from './book.ts';
import type { Call, Writer } from './group-commit.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { createMemory } from './memory.ts';
import type { Remembered } from './memory.ts';

type PostCall = Call<LedgerItem, PostResult>;
export type Poster = { write: Writer<LedgerItem, PostResult>; close(): Promise<void> };

/** How long a batch is tried again that others block or whose outcome is unknown. */
const deadlineMs = 5_000;
const pauseMs = 20;

/**
 * Posts batches on a connection of its own, opened with the first batch. A transaction is two
 * flights: locks and look-ups go out together; after deciding in memory, all rows and the commit.
 */
export function createPoster(deps: {
  connect: () => Promise<Connection>;
  clock: { nowMs(): number };
}): Poster {
  const { connect, clock } = deps;
  const store = createBookStore();
  let connection: Connection | null = null;

  /** One transaction. `told` keeps what was decided, should the outcome become unknown. */
  const attempt = async (items: readonly LedgerItem[], dryRun: boolean, told: Told) => {
    connection ??= await connect();
    const { statements, read } = store.load(askedBy(items));
    const transaction = await connection.begin(statements);
    try {
      const { contents, known } = read(transaction.answers);
      if (known.size > 0) await recallAmounts(store, transaction, items, known);
      const book = createBook(contents);
      const memory = createMemory(book, known);
      const results = items.map((item) => memory.post(item));
      const writes = store.write(book, memory);
      if (dryRun) await transaction.flight(writes);
      told.results ??= results;
      if (dryRun || writes.length === 0) await transaction.rollback();
      else await transaction.commit(writes);
      return results;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };

  const settle = async (calls: readonly PostCall[]): Promise<void> => {
    const [first] = calls;
    const items = calls.length === 1 && first ? first.items : calls.flatMap((call) => call.items);
    const dryRun = first?.dryRun === true;
    const endMs = clock.nowMs() + deadlineMs;
    const told: Told = { results: null };
    for (;;) {
      try {
        deliver(calls, await attempt(items, dryRun, told));
        return;
      } catch (error) {
        if (isBroken(error) && calls.length > 1) break;
        if (!isWorthAnotherTry(error) || clock.nowMs() > endMs) {
          for (const call of calls) call.reject(error);
          return;
        }
        await sleep(pauseMs);
      }
    }
    const middle = Math.ceil(calls.length / 2);
    await settle(calls.slice(0, middle));
    await settle(calls.slice(middle));
  };
  return { write: settle, close: async () => connection?.close() };
}

/** What was decided before the outcome became unknown. */
type Told = { results: PostResult[] | null };

/** An answer that had amounts is given again with them: they are read from the entries. */
async function recallAmounts(
  store: BookStore,
  transaction: Transaction,
  items: readonly LedgerItem[],
  known: Map<string, Remembered>,
): Promise<void> {
  const open = items.filter((item) => {
    if (item.type !== 'transfer' || known.get(item.id)?.refusal !== null) return false;
    return item.legs.some((leg) => !('amountMinor' in leg));
  });
  if (open.length === 0) return;
  const [answer] = await transaction.flight([store.readEntries(open.map(({ id }) => id))]);
  const amounts = amountsOf(answer);
  for (const item of open) {
    const remembered = known.get(item.id);
    const entries = amounts.get(item.id);
    if (item.type !== 'transfer' || remembered === undefined) continue;
    const ofLegs = item.legs.map(({ accountId }) => entries?.get(accountId) ?? 0n);
    known.set(item.id, { ...remembered, amounts: ofLegs });
  }
}

function deliver(calls: readonly PostCall[], results: PostResult[]): void {
  if (calls.length === 1) return calls[0]?.resolve(results);
  let at = 0;
  for (const call of calls) {
    call.resolve(results.slice(at, at + call.items.length));
    at += call.items.length;
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof LedgerFault && error.code === 'commit_unknown') return true;
  return error instanceof StatementFault && ['55P03', '40P01', '23505'].includes(error.code);
}

function isBroken(error: unknown): boolean {
  return !isRetriable(error) && !(error instanceof StatementFault && error.code === '23505');
}
