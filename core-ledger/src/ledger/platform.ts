import type { Queryable } from '../database/database.ts';
import { findPlatformAccounts } from './accounts.ts';
import type { PlatformAccounts } from './accounts.ts';

/** Remembers the platform's accounts by currency for one process; they never change. */
export type PlatformFacts = {
  /** Fetches what is not known yet, in one query; currencies that nobody has stay unknown. */
  load(currencies: Iterable<string>): Promise<void>;
  get(currency: string): PlatformAccounts | undefined;
};

export function createPlatformFacts({ db }: { db: Queryable }): PlatformFacts {
  const known = new Map<string, PlatformAccounts>();
  return {
    async load(currencies) {
      const missing = [...new Set(currencies)].filter((currency) => !known.has(currency));
      if (missing.length === 0) return;
      for (const [currency, accounts] of await findPlatformAccounts(db, missing)) {
        known.set(currency, accounts);
      }
    },
    get: (currency) => known.get(currency),
  };
}
