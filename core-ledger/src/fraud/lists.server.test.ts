import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../database/database.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { loadLists, putListEntries } from './lists.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test lists' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

test('entries in force are loaded by list; expired ones and empty lists are not', async () => {
  const inAnHour = new Date(Date.now() + 3_600_000);
  await putListEntries(db, [
    { list: 'trusted', value: 'a', reason: 'known' },
    { list: 'trusted', value: 'b', reason: 'known', expiresAt: inAnHour },
    { list: 'trusted', value: 'c', reason: 'was known', expiresAt: new Date(0) },
    { list: 'blocked', value: 'd', reason: 'fraud' },
    { list: 'former', value: 'e', reason: 'over', expiresAt: new Date(0) },
  ]);
  expect(await loadLists(db)).toEqual(
    new Map([
      ['trusted', new Set(['a', 'b'])],
      ['blocked', new Set(['d'])],
    ]),
  );
});

test('an entry put again takes the new expiry', async () => {
  await putListEntries(db, [{ list: 'again', value: 'a', reason: 'known' }]);
  await putListEntries(db, [{ list: 'again', value: 'a', reason: 'no', expiresAt: new Date(0) }]);
  await putListEntries(db, []);
  expect((await loadLists(db)).has('again')).toBe(false);
});
