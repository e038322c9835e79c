import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '../testing/index.ts';
import { createDatabase } from './database.ts';
import type { Database } from './database.ts';
import { dumpSchema } from './dump-schema.ts';
import { assertSchemaCurrent, migrate, migrationStatus } from './migrate.ts';

let url: string;
let drop: () => Promise<void>;
let db: Database;

beforeAll(async () => {
  ({ url, drop } = await createTestDatabase());
  db = createDatabase({ url, applicationName: 'test schema' });
});
afterAll(async () => {
  await db.close();
  await drop();
});

test('schema.sql is what the migrations make', async () => {
  const committed = await readFile(new URL('../../schema.sql', import.meta.url), 'utf8');
  // When this fails: DATABASE_URL=… node core-ledger/scripts/dump-schema.ts, and look at the diff.
  expect(await dumpSchema(db.knex)).toBe(committed);
});

describe('migrations', () => {
  test('run again change nothing, several at once wait for each other', async () => {
    await Promise.all([migrate(db), migrate(db)]);
    expect((await migrationStatus(db)).pending).toEqual([]);
    await assertSchemaCurrent(db);
  });

  test('a lock left behind by a dead migrator does not stop the next', async () => {
    await db.knex.raw('update knex_migrations_lock set is_locked = 1');
    await migrate(db);
  });

  test('a schema from a newer version is refused, one that lacks a step too', async () => {
    await db.knex.raw(`insert into knex_migrations (name, batch) values ('9999-future', 9)`);
    const refused = { code: 'schema_unknown', retriable: false };
    await expect(assertSchemaCurrent(db)).rejects.toMatchObject(refused);
    await expect(migrate(db)).rejects.toMatchObject(refused);
    await db.knex.raw(`update knex_migrations set name = '0001-ledger' where name = '9999-future'`);
    await db.knex.raw(`delete from knex_migrations where name = '0003-audit'`);
    await expect(assertSchemaCurrent(db)).rejects.toMatchObject({ code: 'schema_behind' });
    await db.knex.raw(`update knex_migrations set name = '0003-audit' where batch = 9`);
  });
});

describe('what the database itself refuses', () => {
  const entry = `insert into entry (account_id, version, amount_minor, balance_after_minor,
    transfer_id) values (1, 1, 5, 5, gen_random_uuid())`;
  const account = (columns: string, values: string): string =>
    `insert into account (kind, currency, ${columns}) values ('customer', 'USD', ${values})`;
  const payment = (status: string, captured: number): string => `insert into payment (id,
    payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor, captured_minor, accepted_at,
    version, status, currency, capture) select u, u, u, u, u, 100, ${captured}, now(), 1,
    '${status}', 'USD', 'automatic' from gen_random_uuid() u`;
  const cases: [string, string, string][] = [
    ['changing an entry', 'update entry set amount_minor = 1', 'WA001'],
    ['deleting an entry', 'delete from entry', 'WA001'],
    ['emptying the journal', 'truncate entry', 'WA001'],
    ['changing a transfer', `update transfer set kind = 'other'`, 'WA001'],
    ['emptying a history', 'truncate object_change', 'WA001'],
    ['an entry of zero', entry.replace('1, 1, 5, 5', '1, 9, 0, 5'), '23514'],
    ['the same version twice', entry, '23505'],
    ['a balance below the limit', account('balance_minor, limit_minor', '-11, 10'), '23514'],
    ['more held than there is', account('balance_minor, held_minor', '10, 11'), '23514'],
    ['a self-transfer', payment('captured', 100), '23514'],
    ['more captured than asked', payment('failed', 101), '23514'],
    ['a failure without a name', payment('failed', 0), '23514'],
  ];
  beforeAll(() => db.knex.raw(entry));
  test.each(cases)('%s', async (_what, sql, code) => {
    await expect(db.knex.raw(sql)).rejects.toMatchObject({ code });
  });
});

test('the auditor reads every view of the contract and nothing else', async () => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('set role auditor');
  for (const [view, columns] of Object.entries(contract)) {
    const { fields } = await client.query(`select * from audit.${view}`);
    expect(fields.map((field) => field.name)).toEqual(columns.split(' '));
  }
  const denied = { code: '42501' };
  await expect(client.query('select * from public.entry')).rejects.toMatchObject(denied);
  const rights = await client.query(`select has_schema_privilege('public', 'usage') as usage`);
  expect(rights.rows).toEqual([{ usage: false }]);
  await expect(client.query('select * from public.app_user')).rejects.toMatchObject(denied);
  await expect(client.query('create table audit.x ()')).rejects.toMatchObject(denied);
  await expect(client.query('delete from audit.accounts')).rejects.toMatchObject(denied);
  await client.end();
});

/** As contract.md has them. */
const contract = {
  entries:
    'entry_id transfer_id account_id currency amount_minor balance_after_minor ' +
    'account_version posted_at',
  accounts: 'account_id owner_id wallet_id kind currency balance_minor held_minor version',
  transfers: 'transfer_id kind payment_id intent_id posted_at',
  payments:
    'payment_id intent_id state amount_minor captured_minor refunded_minor disputed_minor ' +
    'currency payer_wallet_id payee_wallet_id',
  intents: 'intent_id kind state source_topic source_partition source_offset',
  outbox: 'event_id topic key created_at published_at',
  decisions: 'payment_id outcome score ruleset_hash degraded decided_at',
};
