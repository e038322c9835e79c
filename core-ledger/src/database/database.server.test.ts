import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { createDatabase } from './database.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase?.drop());

test('the pool tells its connections, who waits for one, and how long it took', async () => {
  const waits: number[] = [];
  const database = createDatabase({
    ...{ url: testDatabase.url, applicationName: 'pool test', poolSize: 1 },
    onConnectionWait: (waitMs) => waits.push(waitMs),
  });
  const first = await database.knex.transaction();
  const waiting = database.knex.raw('select 1').then(() => undefined); // `then` sends it
  await new Promise((resolve) => setImmediate(resolve));
  expect(database.connections()).toEqual({ used: 1, idle: 0, waiting: 1 });
  await first.commit();
  await waiting;
  expect(database.connections()).toMatchObject({ used: 0, waiting: 0 });
  expect(waits).toHaveLength(2);
  await database.close();
});
