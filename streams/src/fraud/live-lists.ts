import {
  createListHistory,
  readListChanges,
  type Database,
  type ListChange,
  type ListHistory,
} from '@wallet/core-ledger';
import type { Log } from '@wallet/runtime';
import { follow, type Followed } from './followed.ts';

/** The lists in force, in memory: rules read them without waiting, whatever else is away. */
export type LiveLists = Followed<ListHistory>;

/** Entries act within two seconds of being written; half of it is ours. */
const everyMs = 1_000;

/** Follows the lists: each look reads what has changed since the last one. */
export function createLiveLists(options: {
  database: Pick<Database, 'knex'>;
  log: Log;
  signal: AbortSignal;
}): Promise<LiveLists> {
  const { database, log, signal } = options;
  let changes: readonly ListChange[] = [];
  return follow<ListHistory>({
    ...{ what: 'fraud lists', everyMs, log, signal },
    load: async (previous) => {
      const fresh = await readListChanges(database.knex, previous?.version ?? 0);
      if (previous !== null && fresh.length === 0) return previous;
      changes = [...changes, ...fresh];
      return createListHistory(changes);
    },
  });
}
