import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../database/connection.ts';
import { LedgerFault } from '../database/fault.ts';
import { StatementFault } from '../database/session.ts';
import { isRetriable } from '../database/sqlstates.ts';
import { createBookStore } from './book-store.ts';
import type { BookItem, PostResult } from './book.ts';
import type { Call, Writer } from './group-commit.ts';
import { accountsOf } from './post.ts';

type PostCall = Call<BookItem, PostResult>;
export type Poster = { write: Writer<BookItem, PostResult>; close(): Promise<void> };

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

  const attempt = async (items: readonly BookItem[], dryRun: boolean, told: Told) => {
    connection ??= await connect();
    const accountIds = new Set<bigint>();
    for (const item of items) for (const id of accountsOf(item)) accountIds.add(id);
    const transaction = await connection.begin([store.lock(accountIds)]);
    try {
      const [locked] = transaction.answers;
      if (locked === undefined) throw new Error('no answer');
      const book = store.open(locked);
      const results = items.map((item) => book.post(item));
      told.results ??= results;
      if (dryRun) {
        await transaction.flight(store.write(book));
        await transaction.rollback();
      } else await transaction.commit(store.write(book));
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
