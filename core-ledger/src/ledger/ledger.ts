import type { Database } from '../database/database.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { createGroupCommit } from './group-commit.ts';
import { createPoster } from './poster.ts';

export type Ledger = {
  post(items: readonly LedgerItem[], options?: { dryRun?: boolean }): Promise<PostResult[]>;
  close(): Promise<void>;
};

/** One commits while the other decides; more only wait for each other's locks. */
const writerCount = 2;
const maximumItems = 1_000;

export function createLedger(deps: { db: Database; clock: { nowMs(): number } }): Ledger {
  const { db, clock } = deps;
  const posters = Array.from({ length: writerCount }, (_, number) =>
    createPoster({ clock, connect: () => db.openConnection(`ledger ${number + 1}`) }),
  );
  const group = createGroupCommit({ writers: posters.map(({ write }) => write), maximumItems });
  return {
    post: (items, options = {}) => group.post(items, options.dryRun === true),
    close: async () => {
      await group.drain();
      for (const poster of posters) await poster.close();
    },
  };
}
