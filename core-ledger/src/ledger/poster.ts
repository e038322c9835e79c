import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../database/connection.ts';
import { LedgerFault } from '../database/fault.ts';
import { StatementFault } from '../database/session.ts';
import { isRetriable } from '../database/sqlstates.ts';
import { createBookStore } from './book-store.ts';
import type { BookStore } from './book-store.ts';
import { accountLocked, createBlockedCalls } from './blocked-calls.ts';
import type { Call, Writer } from './group-commit.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { postInOneTransaction } from './posting.ts';
import type { Decided } from './posting.ts';

export type PostCall = Call<LedgerItem, PostResult>;
export type Poster = { write: Writer<LedgerItem, PostResult>; close(): Promise<void> };

/** How long a batch is tried again whose outcome is unknown. */
const resolveWithinMs = 5_000;
const pauseMs = 50;
/** A second try sees what the first collided with: more of them are no accident. */
const maximumCollisions = 3;
/** Each waits for half a second at most: see the connection's lock_timeout. */
const maximumWaits = 10;

/**
 * Posts batches on a connection of its own, opened with the first batch, and settles each call:
 * - one whose accounts someone else keeps locked is given back, for its neighbours not to wait;
 * - a lost answer to a commit is resolved by asking again with the same ids;
 * - a batch that some item breaks is divided until that call is alone with its fault;
 * - any other fault, such as a lost connection, reaches every caller of the batch: nothing of it
 *   was posted.
 */
export function createPoster(deps: {
  connect: () => Promise<Connection>;
  clock: { nowMs(): number };
}): Poster {
  const { connect, clock } = deps;
  const store = createBookStore();
  let connection: Connection | null = null;
  const connected = async (): Promise<Connection> => (connection ??= await connect());
  const blocked = createBlockedCalls({ connected, store, clock });

  const { post, resolve } = createAttempts({ connected, store, clock });

  const settle = async (all: readonly PostCall[], tries = noTries): Promise<PostCall[]> => {
    const { free: calls, deferred } = await blocked.divide(all);
    if (calls.length === 0) return deferred;
    const decided: Decided = { results: null };
    const again = async (some: readonly PostCall[], used = noTries) =>
      void deferred.push(...(await settle(some, used)));
    try {
      await post(calls, decided);
    } catch (error) {
      if (isUnknown(error)) await resolve(calls, decided, error);
      else if (isCollision(error) && tries.collisions < maximumCollisions) {
        await again(calls, { ...tries, collisions: tries.collisions + 1 });
      } else if (isWait(error)) {
        if (tries.waits === maximumWaits) rejectAll(calls, accountLocked(error));
        else {
          await blocked.find(calls);
          await again(calls, { ...tries, waits: tries.waits + 1 });
        }
      } else if (isRetriable(error) || calls.length === 1) rejectAll(calls, error);
      else {
        const middle = Math.ceil(calls.length / 2);
        await again(calls.slice(0, middle));
        await again(calls.slice(middle));
      }
    }
    return deferred;
  };

  return {
    write: async (calls) => {
      try {
        return await settle(calls);
      } catch (error) {
        rejectAll(calls, error);
        return [];
      }
    },
    close: async () => connection?.close(),
  };
}

/** One transaction for some calls, and what follows when its outcome is unknown. */
function createAttempts(deps: {
  connected: () => Promise<Connection>;
  store: BookStore;
  clock: { nowMs(): number };
}) {
  const { connected, store, clock } = deps;

  const post = async (calls: readonly PostCall[], decided: Decided): Promise<void> => {
    const [first] = calls;
    const items = calls.length === 1 && first ? first.items : calls.flatMap((call) => call.items);
    const dryRun = first?.dryRun === true;
    const told = decided.results;
    const results = await postInOneTransaction(await connected(), store, items, {
      ...{ dryRun, decided },
    });
    deliver(calls, told === null ? results : results.map((result, at) => asTold(result, told[at])));
  };

  /** The same ids answer what became of them. */
  const resolve = async (calls: readonly PostCall[], decided: Decided, fault: unknown) => {
    const endMs = clock.nowMs() + resolveWithinMs;
    while (clock.nowMs() < endMs) {
      try {
        return await post(calls, decided);
      } catch (error) {
        if (!isRetriable(error) && !isCollision(error)) break;
        await sleep(pauseMs);
      }
    }
    rejectAll(calls, fault);
  };
  return { post, resolve };
}

/** Those that were settled already stay as they are. */
function rejectAll(calls: readonly PostCall[], fault: unknown): void {
  for (const call of calls) call.reject(fault);
}

const noTries = { collisions: 0, waits: 0 };

/** What was posted by the try whose outcome was unknown is no repeat to its caller. */
function asTold(result: PostResult, told: PostResult | undefined): PostResult {
  return result.repeated && told?.repeated === false ? { ...result, repeated: false } : result;
}

function deliver(calls: readonly PostCall[], results: readonly PostResult[]): void {
  let at = 0;
  for (const call of calls) {
    call.resolve(results.slice(at, at + call.items.length));
    at += call.items.length;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof LedgerFault && error.code === 'commit_unknown';
}

/** Another ledger used one of the ids at the same moment: now it is known. */
function isCollision(error: unknown): boolean {
  return error instanceof StatementFault && error.code === '23505';
}

/** Locked by someone else for too long, or each waited for the other. */
function isWait(error: unknown): boolean {
  return error instanceof StatementFault && ['55P03', '40P01'].includes(error.code);
}
