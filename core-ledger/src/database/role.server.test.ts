import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '../testing/index.ts';
import { createConnection } from './connection.ts';
import { createDatabase } from './database.ts';
import type { Database } from './database.ts';
import { assertSchemaCurrent, migrate } from './migrate.ts';

let url: string;
let drop: () => Promise<void>;
let app: Database;

beforeAll(async () => {
  ({ url, drop } = await createTestDatabase());
  app = createDatabase({ url, role: 'wallet_app', applicationName: 'test role' });
});
afterAll(async () => {
  await app.close();
  await drop();
});

const denied = { code: '42501' };
const evidence = [
  ...['entry', 'transfer', 'chain_block', 'posting_result', 'decision', 'object_change'],
];

test.each(evidence)('evidence can be read and added to, not changed: %s', async (table) => {
  const rights = await app.knex.raw<{ rows: object[] }>(
    `select has_table_privilege(:table, 'select') as read,
       has_table_privilege(:table, 'insert') as add`,
    { table },
  );
  expect(rights.rows).toEqual([{ read: true, add: true }]);
  for (const sql of [
    `delete from ${table}`,
    `truncate ${table}`,
    `alter table ${table} disable trigger all`,
    `drop table ${table}`,
  ]) {
    await expect(app.knex.raw(sql)).rejects.toMatchObject(denied);
  }
  const columns = await app.knex.raw<{ rows: { name: string }[] }>(
    `select attname as name from pg_attribute where attrelid = ?::regclass and attnum > 0`,
    [table],
  );
  for (const { name } of columns.rows) {
    const change = `update ${table} set ${name} = ${name}`;
    await expect(app.knex.raw(change)).rejects.toMatchObject(denied);
  }
});

test('nor the months of the journal, nor one that the application adds', async () => {
  const made = await app.knex.raw<{ rows: { part: string }[] }>(
    `select create_entry_month(now() + interval '1 year') as part`,
  );
  expect(made.rows[0]?.part).toMatch(/^entry_20\d\d_\d\d$/);
  const months = await app.knex.raw<{ rows: { part: string }[] }>(
    `select inhrelid::regclass::text as part from pg_inherits where inhparent = 'entry'::regclass`,
  );
  expect(months.rows.map(({ part }) => part)).toContain(made.rows[0]?.part);
  for (const { part } of months.rows) {
    for (const sql of [
      `insert into ${part} select * from entry`,
      `update ${part} set amount_minor = 1`,
      `delete from ${part}`,
      `truncate ${part}`,
      `alter table ${part} disable trigger all`,
      `alter table entry detach partition ${part}`,
    ]) {
      await expect(app.knex.raw(sql)).rejects.toMatchObject(denied);
    }
  }
});

test.each([
  'set session_replication_role = replica',
  'create table public.mine ()',
  'create or replace function refuse_change() returns trigger language sql as $$$$',
  'insert into entry_opening values (1, 1, 1, now())',
  'delete from knex_migrations',
  'delete from account',
  'delete from hold',
  'select * from pg_authid',
])('what only the owner does: %s', async (sql) => {
  await expect(app.knex.raw(sql)).rejects.toMatchObject({ code: expect.stringMatching('^42') });
});

test('a batch writer takes the role too, and resetting gives nothing back', async () => {
  const connection = await createConnection({ url, role: 'wallet_app', applicationName: 'test' });
  const ask = (text: string) => connection.flight([{ name: '', text, values: [] }]);
  await ask('reset role');
  const [answer] = await ask('select current_user');
  expect(answer?.rows).toEqual([['wallet_app']]);
  await connection.close();
});

describe('an owner who is no superuser', () => {
  const owner = `owner_${randomBytes(4).toString('hex')}`;
  const database = `wallet_test_${owner}`;
  const server = new pg.Client(process.env.DATABASE_URL);
  const ownUrl = new URL(process.env.DATABASE_URL ?? 'postgres://');
  ownUrl.pathname = database;
  ownUrl.username = owner;
  ownUrl.password = 'secret';

  beforeAll(async () => {
    await server.connect();
    await server.query(`create role ${owner} login createrole password 'secret'`);
    // The role is the server's and another made it: whoever runs the server grants it.
    await server.query(`grant wallet_app to ${owner} with inherit false, set true`);
    await server.query(`create database ${database} owner ${owner}`);
  });
  afterAll(async () => {
    await server.query(`drop database if exists ${database} with (force)`);
    await server.query(`drop role ${owner}`);
    await server.end();
  });

  test('migrates, and its processes take the role', async () => {
    const own = createDatabase({ url: ownUrl.href, applicationName: 'test owner' });
    await migrate(own);
    await own.close();
    const process = createDatabase({
      ...{ url: ownUrl.href, role: 'wallet_app', applicationName: 'test process' },
    });
    await assertSchemaCurrent(process);
    const user = await process.knex.raw<{ rows: object[] }>('select current_user, session_user');
    expect(user.rows).toEqual([{ current_user: 'wallet_app', session_user: owner }]);
    await expect(process.knex.raw('delete from transfer')).rejects.toMatchObject(denied);
    await process.knex.raw(`select create_entry_month(now() + interval '2 years')`);
    await process.knex.raw('select summarize_journal()');
    await process.close();
  });
});
