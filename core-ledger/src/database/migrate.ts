import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { migrations } from '../../migrations/index.ts';
import type { SchemaMigration } from '../../migrations/index.ts';
import { createMonthsAhead } from '../ledger/journal/months.ts';
import type { Database } from './database.ts';
import { LedgerFault } from './fault.ts';

/** `pending` are to be run; `unknown` were run by a version newer than this one. */
export type MigrationStatus = { done: string[]; pending: string[]; unknown: string[] };

/** Any constant will do, as long as every migrator of this product takes the same one. */
const migratorLock = 7_305_002;

/** A migration waits this long for a lock before it gives way to the traffic it would block. */
const lockTimeout = '5s';

/** A short name for the schema these sources make; test databases are kept by it. */
export function schemaFingerprint(list: readonly SchemaMigration[] = migrations): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 12);
}

/** Which migrations the database has, lacks, and has but we do not know. */
export async function migrationStatus(db: Database): Promise<MigrationStatus> {
  const found = await db.knex.raw<{ rows: { present: boolean }[] }>(
    `select to_regclass('public.knex_migrations') is not null as present`,
  );
  const rows =
    found.rows[0]?.present === true
      ? await db.knex<{ id: number; name: string }>('knex_migrations').select('name').orderBy('id')
      : [];
  const done = rows.map((row) => row.name);
  const known = migrations.map((migration) => migration.name);
  return {
    done,
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
  };
}

/**
 * Brings the schema to this version and makes the months of entries ahead; safe to run from
 * several processes at once. Forward only.
 * Large tables need a `db` with a generous `longestStatementMs`.
 * Faults: `schema_unknown` when the database is ahead of this version.
 */
export async function migrate(db: Database): Promise<MigrationStatus> {
  await db.knex.transaction(async (trx) => {
    await trx.raw(`select pg_advisory_xact_lock(${migratorLock})`);
    // The advisory lock is held: whoever left knex's own lock behind is dead.
    await trx.migrate.forceFreeMigrationsLock({ migrationSource: source });
    refuseUnknown(await migrationStatus({ ...db, knex: trx }));
    await trx.raw(`set local lock_timeout = '${lockTimeout}'`);
    await trx.migrate.latest({ migrationSource: source, disableTransactions: true });
  });
  await createMonthsAhead(db.knex);
  return migrationStatus(db);
}

/** Processes call this at start. Faults: `schema_behind`, `schema_unknown`; neither retriable. */
export async function assertSchemaCurrent(db: Database): Promise<void> {
  const status = await migrationStatus(db);
  refuseUnknown(status);
  if (status.pending.length > 0) {
    throw new LedgerFault(
      'schema_behind',
      `the database lacks the migrations ${status.pending.join(', ')}: ` +
        'run "npm run wallet -- migrate"',
    );
  }
}

function refuseUnknown(status: MigrationStatus): void {
  if (status.unknown.length === 0) return;
  throw new LedgerFault(
    'schema_unknown',
    `the database has migrations this version does not know: ${status.unknown.join(', ')}; ` +
      'start the version that made them, or a newer one',
  );
}

const source: Knex.MigrationSource<SchemaMigration> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) =>
    Promise.resolve({
      up: async (trx) => {
        await trx.raw(migration.up);
      },
      down: () => Promise.reject(new LedgerFault('forward_only', 'migrations have no way back')),
    }),
};
