import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../database/database.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { createList, listEntriesOf, listLists, loadListHistory } from './store.ts';
import { putListEntries, putListEntry, readListChanges, removeListEntry } from './store.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test lists', role: 'wallet_app' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const actor = { id: randomUUID(), role: 'analyst', requestId: 'request-1' } as const;
const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
const inForce = async (list: string): Promise<string[]> =>
  [...((await loadListHistory(db.knex)).asOf(Date.now()).get(list) ?? [])].sort();

test('entries of ours: in force by list, without expired ones, and put once', async () => {
  const entries = [
    { list: 'trusted', value: 'a', reason: 'known' },
    { list: 'trusted', value: 'b', reason: 'known', expiresAt: inAnHour() },
    { list: 'trusted', value: 'c', reason: 'was known', expiresAt: new Date(0) },
    { list: 'former', value: 'e', reason: 'over', expiresAt: new Date(0) },
  ];
  await putListEntries(db, entries);
  const { version } = await loadListHistory(db.knex);
  await putListEntries(db, entries);
  await putListEntries(db, []);
  expect((await loadListHistory(db.knex)).version).toBe(version);
  expect(await inForce('trusted')).toEqual(['a', 'b']);
  expect(await inForce('former')).toEqual([]);
});

test('a list is made once; entries go on lists that are there; what was is known', async () => {
  const list = 'own_words';
  expect(await putListEntry(db, { list, value: 'x', reason: 'no' }, actor)).toBe('no_such_list');
  expect(await createList(db, { name: list, description: 'ours' }, actor)).toBeNull();
  expect(await createList(db, { name: list, description: 'again' }, actor)).toBe('list_exists');
  const put = await putListEntry(
    db,
    { list, value: 'ünïcode 🦊', reason: 'ok', expiresAt: inAnHour() },
    actor,
  );
  expect(put).toMatchObject({ list, value: 'ünïcode 🦊', reason: 'ok' });
  const before = await loadListHistory(db.knex);
  const away = { list, value: 'ünïcode 🦊', reason: 'over' };
  expect(await removeListEntry(db, away, actor)).toBeNull();
  expect(await removeListEntry(db, away, actor)).toBe('no_such_entry');
  expect(await inForce(list)).toEqual([]);
  const after = await loadListHistory(db.knex);
  expect(after.atVersion(before.version, Date.now()).get(list)).toEqual(new Set(['ünïcode 🦊']));
  const changes: unknown[] = await db.knex('fraud_list_change').where({ list }).orderBy('version');
  const by = { actor_id: actor.id, role: actor.role, request_id: actor.requestId };
  expect(changes).toMatchObject([
    { ...by, action: 'put', reason: 'ok' },
    { ...by, action: 'remove', reason: 'over' },
  ]);
});

test('pages of entries run by value; lists tell how many are in force', async () => {
  const list = 'paged';
  await createList(db, { name: list, description: 'pages' }, actor);
  for (const value of ['c', 'a', 'b']) await putListEntry(db, { list, value, reason: 'r' }, actor);
  const first = await listEntriesOf(db.knex, { list, after: null, limit: 2 });
  expect(first?.map(({ value }) => value)).toEqual(['a', 'b']);
  const rest = await listEntriesOf(db.knex, { list, after: 'b', limit: 2 });
  expect(rest?.map(({ value }) => value)).toEqual(['c']);
  expect(await listEntriesOf(db.knex, { list: 'nowhere', after: null, limit: 2 })).toBeNull();
  const lists = await listLists(db.knex);
  expect(lists.find(({ name }) => name === list)).toMatchObject({ entries: 3 });
});

test('many writers at once leave versions without a gap, in the order of their times', async () => {
  const list = 'crowded';
  await createList(db, { name: list, description: 'many' }, actor);
  const values = Array.from({ length: 20 }, (_, index) => `value ${index}`);
  await Promise.all(values.map((value) => putListEntry(db, { list, value, reason: 'r' }, actor)));
  const changes = await readListChanges(db.knex);
  expect(changes.map(({ version }) => version)).toEqual(changes.map((_, index) => index + 1));
  const times = changes.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect((await inForce(list)).length).toBe(20);
});
