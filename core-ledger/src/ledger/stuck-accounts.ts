import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../database/connection.ts';
import { createBookStore } from './book-store.ts';

/**
 * Accounts that someone else keeps locked. They are left alone for a while, so that their
 * neighbours post without waiting for them again and again.
 */
export type StuckAccounts = {
  /** Is there any? Then it pays to ask for each. */
  any(): boolean;
  has(accountId: bigint): boolean;
  /** Looks which accounts stay locked; true when there are any. */
  find(accountIds: Iterable<bigint>): Promise<boolean>;
  /** Looks once at those that are stuck; what is free is stuck no longer. */
  look(accountIds: Iterable<bigint>): Promise<void>;
  /** Still locked at another look. */
  add(accountId: bigint): void;
  /** Locked by us: free again. */
  remove(accountIds: Iterable<bigint>): void;
};

/** A neighbour's batch holds hot accounts for milliseconds: only what each look finds is stuck. */
const looks = 4;
const betweenLooksMs = 40;
/** Longer than it takes until whoever waits for one tries again, which renews it. */
const leaveAloneMs = 2_000;

/** `onFound` hears of accounts when they are found stuck. */
export function createStuckAccounts(deps: {
  connection: Pick<Connection, 'flight'>;
  clock: { nowMs(): number };
  onFound?: (accountIds: readonly bigint[]) => void;
}): StuckAccounts {
  const { connection, clock, onFound } = deps;
  const store = createBookStore();
  const until = new Map<bigint, number>();
  const add = (accountId: bigint): void => {
    until.set(accountId, clock.nowMs() + leaveAloneMs);
  };
  const has = (accountId: bigint): boolean =>
    until.size > 0 && (until.get(accountId) ?? 0) > clock.nowMs();
  /** Outside of a transaction: what is locked to look is free again at once. */
  const lockedOf = async (accountIds: readonly bigint[]): Promise<bigint[]> => {
    if (accountIds.length === 0) return [];
    const statements = [store.findAccounts(accountIds), store.lockFree(accountIds)];
    const [there, free] = (await connection.flight(statements)).map(
      ({ rows }) => new Set(rows.map(([id]) => BigInt(id ?? ''))),
    );
    return accountIds.filter((id) => there?.has(id) === true && free?.has(id) === false);
  };
  const remove = (accountIds: Iterable<bigint>): void => {
    if (until.size > 0) for (const id of accountIds) until.delete(id);
  };
  return {
    any: () => {
      for (const id of until.keys()) if (!has(id)) until.delete(id);
      return until.size > 0;
    },
    has,
    add,
    remove,
    async find(accountIds) {
      let candidates = [...accountIds];
      for (let look = 0; look < looks && candidates.length > 0; look += 1) {
        if (look > 0) await sleep(betweenLooksMs);
        candidates = await lockedOf(candidates);
      }
      for (const id of candidates) add(id);
      if (candidates.length > 0) onFound?.(candidates);
      return candidates.length > 0;
    },
    async look(accountIds) {
      const stuck = [...accountIds].filter(has);
      const locked = new Set(await lockedOf(stuck));
      remove(stuck.filter((id) => !locked.has(id)));
    },
  };
}
