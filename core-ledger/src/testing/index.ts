import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createDatabase } from '../database/database.ts';
import { migrate, schemaFingerprint } from '../database/migrate.ts';

export { insertAccounts, insertTransfers } from './journal.ts';

/** A database of its own for one test file: made from a migrated template, dropped at the end. */
export type TestDatabase = { url: string; drop(): Promise<void> };

/** Guards the making of the template; any constant of our own. */
const templateLock = 7_305_003;

/**
 * Needs DATABASE_URL: a server on which databases may be made. The template is made once for each
 * state of the migrations and kept.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = serverOfTests();
  const template = `wallet_template_${schemaFingerprint()}`;
  return createFrom(serverUrl, template, async (client) => {
    await client.query('select pg_advisory_lock($1)', [templateLock]);
    const found = await client.query('select from pg_database where datname = $1', [template]);
    if (found.rowCount === 0) await makeTemplate(client, serverUrl, template);
  });
}

/** Likewise, but without a schema: for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom(serverOfTests(), 'template1', () => Promise.resolve());
}

async function createFrom(
  serverUrl: string,
  template: string,
  prepare: (client: pg.Client) => Promise<void>,
): Promise<TestDatabase> {
  const name = `wallet_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await withClient(serverUrl, async (client) => {
    await prepare(client);
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    url: urlOf(serverUrl, name),
    drop: () =>
      withClient(serverUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

function serverOfTests(): string {
  const serverUrl = process.env.DATABASE_URL;
  if (serverUrl === undefined) throw new Error('DATABASE_URL must name a Postgres for tests');
  return serverUrl;
}

/** Migrated under another name first: a template that exists is whole. */
async function makeTemplate(client: pg.Client, serverUrl: string, name: string): Promise<void> {
  const unfinished = `${name}_unfinished`;
  await client.query(`drop database if exists ${unfinished} with (force)`);
  await client.query(`create database ${unfinished}`);
  const db = createDatabase({
    url: urlOf(serverUrl, unfinished),
    applicationName: 'wallet test template',
  });
  try {
    await migrate(db);
  } finally {
    await db.close();
  }
  await client.query(`alter database ${unfinished} rename to ${name}`);
}

async function withClient(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', (error) => console.error('test database connection:', error.message));
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
