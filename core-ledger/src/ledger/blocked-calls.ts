import type { Connection } from '../database/connection.ts';
import { LedgerFault } from '../database/fault.ts';
import { askedBy } from './asked.ts';
import type { Asked } from './asked.ts';
import { amountsOf } from './book-loading.ts';
import type { BookStore } from './book-store.ts';
import type { Call } from './group-commit.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { createStuckAccounts } from './stuck-accounts.ts';

type PostCall = Call<LedgerItem, PostResult>;

/** Calls whose accounts someone outside of this ledger keeps locked. */
export type BlockedCalls = {
  /** After a lock was waited for in vain: finds out which accounts stay locked. */
  find(calls: readonly PostCall[]): Promise<void>;
  /**
   * Puts apart those that touch an account that is stuck; they come again in a moment. One that
   * was blocked for too long is rejected: `account_locked`, retriable, nothing was posted.
   */
  divide(calls: readonly PostCall[]): Promise<{ free: PostCall[]; deferred: PostCall[] }>;
};

const blockedAtMostMs = 5_000;

export function createBlockedCalls(deps: {
  connected: () => Promise<Connection>;
  store: BookStore;
  clock: { nowMs(): number };
}): BlockedCalls {
  const { connected, store, clock } = deps;
  const stuck = createStuckAccounts({
    connection: { flight: async (statements) => (await connected()).flight(statements) },
    clock,
  });

  const accountsOf = async (calls: readonly PostCall[]): Promise<Set<bigint>[]> => {
    const asked = calls.map(({ items }) => askedBy(items));
    const named = await findNamed(await connected(), store, asked);
    return asked.map(({ accountIds, holdIds, transferIds }) => {
      const accounts = new Set(accountIds);
      for (const id of holdIds) for (const account of named.get(id) ?? []) accounts.add(account);
      for (const id of transferIds)
        for (const account of named.get(id) ?? []) accounts.add(account);
      return accounts;
    });
  };

  return {
    async find(calls) {
      const accounts = (await accountsOf(calls)).flatMap((ids) => [...ids]);
      await stuck.find(new Set(accounts));
    },
    async divide(calls) {
      if (!stuck.any()) return { free: [...calls], deferred: [] };
      const accounts = await accountsOf(calls);
      await stuck.look(new Set(accounts.flatMap((ids) => [...ids])));
      const free: PostCall[] = [];
      const deferred: PostCall[] = [];
      for (const [at, call] of calls.entries()) {
        const isBlocked = [...(accounts[at] ?? [])].some((id) => stuck.has(id));
        if (!isBlocked) free.push(call);
        else if (clock.nowMs() - (call.blockedSinceMs ??= clock.nowMs()) < blockedAtMostMs) {
          deferred.push(call);
        } else call.reject(accountLocked());
      }
      return { free, deferred };
    },
  };
}

export function accountLocked(cause?: unknown): LedgerFault {
  const message = 'an account of the items stayed locked by someone else';
  return new LedgerFault('account_locked', message, { retriable: true, cause });
}

/** Accounts by the id of the hold or of the transfer that stands on them. */
async function findNamed(
  connection: Connection,
  store: BookStore,
  asked: readonly Asked[],
): Promise<Map<string, readonly bigint[]>> {
  const holdIds = asked.flatMap((one) => one.holdIds);
  const transferIds = asked.flatMap((one) => one.transferIds);
  if (holdIds.length + transferIds.length === 0) return new Map();
  const [holds, entries] = await connection.flight([
    store.readHolds(holdIds),
    store.readEntries(transferIds),
  ]);
  const ofHolds = (holds?.rows ?? []).map(
    ([id, accountId]) => [id ?? '', [BigInt(accountId ?? '')]] as const,
  );
  const ofTransfers = [...amountsOf(entries)].map(([id, its]) => [id, [...its.keys()]] as const);
  return new Map([...ofHolds, ...ofTransfers]);
}
