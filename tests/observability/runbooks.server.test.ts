import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';

const folder = new URL('../../ops/runbooks/', import.meta.url);
const nobody = "'00000000-0000-0000-0000-000000000000'";

/** What a page has somebody ask the database; "…" stands for an id. */
const statements = readdirSync(folder).flatMap((page) =>
  [...readFileSync(new URL(page, folder), 'utf8').matchAll(/`((?:select|update) [^`]+)`/g)]
    .map(([, sql = '']) => sql.replaceAll(/\s+/g, ' ').replace(/'…'|…/, nobody))
    .map((sql) => sql.replace('<pid>', '0'))
    .map((sql) => [page, sql] as const),
);

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test runbooks' });
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

test('statements were found', () => expect(statements.length).toBeGreaterThan(12));

test.each(statements)('%s: %s', async (_page, sql) => {
  const { rows } = await database.knex.raw<{ rows: unknown[] }>(`explain ${sql}`);
  expect(rows.length).toBeGreaterThan(0);
});
