import { setTimeout as sleep } from 'node:timers/promises';
import { createBookStore } from '@wallet/core-ledger';
import type { Connection } from '@wallet/core-ledger';
import type { Clock, Log } from '@wallet/runtime';

/**
 * Accounts that someone outside of settlement keeps locked. They are left alone for a while, so
 * that their neighbours settle without waiting for them again and again.
 */
export type StuckAccounts = {
  has(accountId: bigint): boolean;
  /** Looks which accounts stay locked; true when there are any. */
  find(accountIds: readonly bigint[]): Promise<boolean>;
  /** Still locked at another look. */
  add(accountId: bigint): void;
  /** Locked by us: free again. */
  remove(accountIds: Iterable<bigint>): void;
};

/** A neighbour's batch holds hot accounts for milliseconds: only what each look finds is stuck. */
const looks = 4;
const betweenLooksMs = 40;
/** Longer than the first retries of what was parked, which renew it. */
const leaveAloneMs = 2_000;

export function createStuckAccounts(deps: {
  connection: Connection;
  clock: Clock;
  log: Log;
}): StuckAccounts {
  const { connection, clock, log } = deps;
  const books = createBookStore();
  const until = new Map<bigint, number>();
  const add = (accountId: bigint): void => {
    until.set(accountId, clock.nowMs() + leaveAloneMs);
  };
  return {
    has: (accountId) => until.size > 0 && (until.get(accountId) ?? 0) > clock.nowMs(),
    add,
    remove: (accountIds) => {
      if (until.size > 0) for (const id of accountIds) until.delete(id);
    },
    async find(accountIds) {
      let candidates = [...accountIds];
      for (let look = 0; look < looks && candidates.length > 0; look += 1) {
        if (look > 0) await sleep(betweenLooksMs);
        // Outside of a transaction: what is locked to look is free again at once.
        const [free] = await connection.flight([books.lockFree(candidates)]);
        const freed = new Set(free?.rows.map(([id]) => BigInt(id ?? '')));
        candidates = candidates.filter((id) => !freed.has(id));
      }
      for (const id of candidates) add(id);
      if (candidates.length > 0) {
        log.warn({ accounts: candidates.map(String) }, 'accounts are locked by someone else');
      }
      return candidates.length > 0;
    },
  };
}
