import type { Database, Queryable } from '../database/database.ts';
import { LedgerFault } from '../database/fault.ts';
import { setAccountStatus } from './account-status.ts';
import type { StatusChange, StatusResult } from './account-status.ts';
import { findAccountIds, openAccounts } from './accounts.ts';
import type { AccountToOpen } from './accounts.ts';
import { expireHolds } from './expiry.ts';
import type { ExpiryOptions } from './expiry.ts';
import { createGroupCommit } from './group-commit.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { createMonthsAhead } from './journal/months.ts';
import { post } from './post.ts';
import { createPoster } from './poster.ts';
import { createLedgerReads } from './reads/reads.ts';
import type { LedgerReads } from './reads/reads.ts';

/** The ledger as a library: everything that changes money or accounts, and what can be read. */
export type Ledger = {
  /**
   * Posts any mix of items and answers each by itself, in order; resolves once it is committed.
   * Callers of the same moment share a transaction; a lone one waits for nobody. With `dryRun`
   * everything is done up to the commit and then undone.
   * Faults: retriable ones, such as a lost connection (nothing was posted), `account_locked` (the
   * same) and `commit_unknown` (perhaps it was): call again with the same ids, which gives the
   * first answer if there was one.
   */
  post(
    items: readonly LedgerItem[],
    options?: { dryRun?: boolean },
  ): Promise<readonly PostResult[]>;
  /** The same inside a transaction of the caller's, which commits or undoes it with the rest. */
  postIn(trx: Queryable, items: readonly LedgerItem[]): Promise<readonly PostResult[]>;
  /** Opens those that are not there; answers all their ids in the order asked for. */
  openAccounts(accounts: readonly AccountToOpen[]): Promise<bigint[]>;
  setAccountStatus(change: StatusChange): Promise<StatusResult>;
  /** Releases holds whose time has come, at most `limit`; answers how many. */
  expireHolds(options: ExpiryOptions): Promise<number>;
  readonly reads: LedgerReads;
  /** Waits for what was called, then closes the connections that were opened. */
  close(): Promise<void>;
};

/** One commits while the other decides; more only wait for each other's locks. */
const writerCount = 2;
/** Beyond it a larger batch gains little and keeps its accounts locked for longer. */
const maximumItems = 1_000;
/** One call is never divided, and its transaction must end in time. */
const maximumItemsOfCall = 10_000;

/** Nothing connects before the first call. */
export function createLedger(deps: { db: Database; clock: { nowMs(): number } }): Ledger {
  const { db, clock } = deps;
  let isClosed = false;
  let months: Promise<unknown> | null = null;
  const connect = async (number: number) => {
    // Entries need a place to go; whoever runs for longer makes months ahead from time to time.
    await (months ??= createMonthsAhead(db.knex).finally(() => (months = null)));
    return db.openConnection(`ledger ${number}`);
  };
  const posters = Array.from({ length: writerCount }, (_, index) =>
    createPoster({ clock, connect: () => connect(index + 1) }),
  );
  const group = createGroupCommit({ writers: posters.map(({ write }) => write), maximumItems });
  return {
    post: async (items, options = {}) => {
      if (isClosed) throw new LedgerFault('ledger_closed', 'the ledger is closed');
      if (items.length === 0) return [];
      if (items.length > maximumItemsOfCall) throw tooManyItems(items.length);
      return group.post(items, options.dryRun === true);
    },
    postIn: post,
    openAccounts: (accounts) =>
      db.knex.transaction(async (trx) => {
        await openAccounts(trx, accounts);
        return findAccountIds(trx, accounts);
      }),
    setAccountStatus: (change) => setAccountStatus(db.knex, change),
    expireHolds: (options) => expireHolds(db.knex, options),
    reads: createLedgerReads(db.knex),
    close: async () => {
      isClosed = true;
      await group.drain();
      for (const poster of posters) await poster.close();
    },
  };
}

function tooManyItems(count: number): LedgerFault {
  const message = `${count} items in one call; at most ${maximumItemsOfCall}`;
  return new LedgerFault('too_many_items', message, { retriable: false });
}
