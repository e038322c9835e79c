import type { Database } from '../database/database.ts';
import type { Lists } from './facts.ts';

type Row = { list: string; value: string };

/**
 * All entries in force now, by list. Entries that have expired by the database's clock are left
 * out. Lists are small (thousands): the whole is read, which makes every read a consistent state.
 * Faults: those of the database; `isRetriable` tells which.
 */
export async function loadLists(db: Database): Promise<Lists> {
  const rows = await db
    .knex('fraud_list_entry')
    .select<Row[]>('list', 'value')
    .whereNull('expires_at')
    .orWhere('expires_at', '>', db.knex.fn.now());
  const lists = new Map<string, Set<string>>();
  for (const { list, value } of rows) {
    const values = lists.get(list);
    if (values === undefined) lists.set(list, new Set([value]));
    else values.add(value);
  }
  return lists;
}

export type ListEntry = { list: string; value: string; reason: string; expiresAt?: Date };

/** Puts entries on lists; one that is there already gets the new reason and expiry. */
export async function putListEntries(db: Database, entries: readonly ListEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db
    .knex('fraud_list_entry')
    .insert(
      entries.map(({ list, value, reason, expiresAt }) => ({
        list,
        value,
        reason,
        expires_at: expiresAt ?? null,
      })),
    )
    .onConflict(['list', 'value'])
    .merge(['reason', 'expires_at']);
}
