import type { Database, Queryable } from '../database/database.ts';
import type { Actor } from '../rulesets/actor.ts';
import { createListHistory } from './history.ts';
import type { ListChange, ListHistory } from './history.ts';

/** A list as analysts see it; `entries` are those in force. */
export type ListView = { name: string; description: string; entries: number; createdAt: Date };

export type ListEntryView = {
  list: string;
  value: string;
  reason: string;
  expiresAt: Date | null;
  createdAt: Date;
};

/** `no_such_list`: make it first, so that a misspelt name is no new list. */
export type ListRefusal = 'no_such_list' | 'list_exists' | 'no_such_entry';

export type EntryToPut = {
  list: string;
  value: string;
  reason: string;
  expiresAt?: Date | undefined;
};

/** Whoever changes lists holds it until commit, so that versions run as commits do. */
const listLock = 7_305_019;

const system: Actor = { id: null, role: 'system', requestId: null };

type Row = {
  version: string;
  list: string;
  value: string;
  action: 'put' | 'remove';
  expires_ms: string | null;
  at_ms: string;
};

/**
 * All changes of all lists after version `after`, for `createListHistory`. Lists are small
 * (thousands of changes): they live in memory.
 */
export async function readListChanges(db: Queryable, after = 0): Promise<ListChange[]> {
  const found = await db.raw<{ rows: Row[] }>(
    `select version, list, value, action,
       floor(extract(epoch from expires_at) * 1000) as expires_ms,
       floor(extract(epoch from at) * 1000) as at_ms
     from fraud_list_change where version > ? order by version`,
    [after],
  );
  return found.rows.map((row) => ({
    version: Number(row.version),
    list: row.list,
    value: row.value,
    action: row.action,
    expiresAtMs: row.expires_ms === null ? null : Number(row.expires_ms),
    atMs: Number(row.at_ms),
  }));
}

/** Every list at any time, as the database has it now. */
export async function loadListHistory(db: Queryable): Promise<ListHistory> {
  return createListHistory(await readListChanges(db));
}

/** Puts entries of ours on lists (a sandbox, a benchmark); those that stand so already stay. */
export async function putListEntries(
  db: Pick<Database, 'knex'>,
  entries: readonly EntryToPut[],
): Promise<void> {
  await db.knex.transaction(async (trx) => {
    await lock(trx);
    const names = [...new Set(entries.map(({ list }) => list))];
    for (const name of names) await insertList(trx, name, 'made by a program', system);
    const standing = await trx<{ list: string; value: string; expires_at: Date | null }>(
      'fraud_list_entry',
    ).whereIn('list', names);
    const known = new Set(standing.map((row) => identityOf({ ...row, expiresAt: row.expires_at })));
    const fresh = entries.filter((entry) => !known.has(identityOf(entry)));
    await append(trx, 'put', fresh, system);
  });
}

function identityOf(entry: { list: string; value: string; expiresAt?: Date | null | undefined }) {
  return JSON.stringify([entry.list, entry.value, entry.expiresAt?.getTime() ?? null]);
}

/** Makes a list, or refuses because there is one of this name. */
export async function createList(
  db: Pick<Database, 'knex'>,
  list: { name: string; description: string },
  actor: Actor,
): Promise<ListRefusal | null> {
  const made = await insertList(db.knex, list.name, list.description, actor);
  return made ? null : 'list_exists';
}

async function insertList(trx: Queryable, name: string, description: string, { id }: Actor) {
  const row = { name, description, created_by: id };
  const made = await trx('fraud_list').insert(row).onConflict('name').ignore().returning('name');
  return made.length > 0;
}

async function hasList(db: Queryable, name: string): Promise<boolean> {
  return (await db('fraud_list').where({ name }).select('name')).length > 0;
}

/** Puts a value on a list, or gives it another reason and expiry. */
export async function putListEntry(
  db: Pick<Database, 'knex'>,
  entry: EntryToPut,
  actor: Actor,
): Promise<ListRefusal | ListEntryView> {
  return db.knex.transaction(async (trx) => {
    await lock(trx);
    if (!(await hasList(trx, entry.list))) return 'no_such_list';
    await append(trx, 'put', [entry], actor);
    return (await findEntry(trx, entry)) ?? 'no_such_entry';
  });
}

/** Takes a value off a list. Its history stays. */
export async function removeListEntry(
  db: Pick<Database, 'knex'>,
  entry: { list: string; value: string; reason: string },
  actor: Actor,
): Promise<ListRefusal | null> {
  return db.knex.transaction(async (trx) => {
    await lock(trx);
    if ((await findEntry(trx, entry)) === null) return 'no_such_entry';
    await append(trx, 'remove', [entry], actor);
    return null;
  });
}

async function lock(trx: Queryable): Promise<void> {
  await trx.raw('select pg_advisory_xact_lock(?)', [listLock]);
}

async function append(
  trx: Queryable,
  action: 'put' | 'remove',
  entries: readonly EntryToPut[],
  { id, role, requestId }: Actor,
): Promise<void> {
  if (entries.length === 0) return;
  await trx.raw(
    `insert into fraud_list_change (version, action, list, value, reason, expires_at, actor_id,
       role, request_id)
     select (select coalesce(max(version), 0) from fraud_list_change) + position, ?, list, value,
       reason, expires_at, ?, ?, ?
     from jsonb_to_recordset(?::jsonb)
       as r(position int, list text, value text, reason text, expires_at timestamptz)`,
    [
      ...[action, id, role, requestId],
      JSON.stringify(
        entries.map(({ list, value, reason, expiresAt }, index) => ({
          ...{ position: index + 1, list, value, reason },
          expires_at: expiresAt?.toISOString() ?? null,
        })),
      ),
    ],
  );
}

const entryColumns = ['list', 'value', 'reason', 'expires_at', 'created_at'] as const;
type EntryRow = {
  list: string;
  value: string;
  reason: string;
  expires_at: Date | null;
  created_at: Date;
};

async function findEntry(
  db: Queryable,
  { list, value }: { list: string; value: string },
): Promise<ListEntryView | null> {
  const row = await db<EntryRow>('fraud_list_entry')
    .where({ list, value })
    .first<EntryRow | undefined>(entryColumns);
  return row === undefined ? null : entryOf(row);
}

function entryOf(row: EntryRow): ListEntryView {
  const { list, value, reason } = row;
  return { list, value, reason, expiresAt: row.expires_at, createdAt: row.created_at };
}

/** Far more than anybody keeps by hand. */
const mostShown = 1_000;

/** The lists with how many entries they have in force, by name; the first thousand. */
export async function listLists(db: Queryable): Promise<ListView[]> {
  const found = await db.raw<{
    rows: { name: string; description: string; created_at: Date; entries: string }[];
  }>(
    `select l.name, l.description, l.created_at, count(e.value) as entries
     from fraud_list l left join fraud_list_entry e
       on e.list = l.name and (e.expires_at is null or e.expires_at > statement_timestamp())
     group by l.name order by l.name limit ${mostShown}`,
  );
  return found.rows.map(({ name, description, created_at: createdAt, entries }) => ({
    ...{ name, description, createdAt },
    entries: Number(entries),
  }));
}

/** Entries in force, by value, behind `after`; null when there is no such list. */
export async function listEntriesOf(
  db: Queryable,
  page: { list: string; after: string | null; limit: number },
): Promise<ListEntryView[] | null> {
  if (!(await hasList(db, page.list))) return null;
  const rows = await db<EntryRow>('fraud_list_entry')
    .where('list', page.list)
    .whereRaw('(expires_at is null or expires_at > statement_timestamp())')
    .whereRaw('(?::text is null or value > ?::text)', [page.after, page.after])
    .orderBy('value')
    .limit(page.limit)
    .select<EntryRow[]>(entryColumns);
  return rows.map(entryOf);
}
