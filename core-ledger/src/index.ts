export { createDatabase } from './database/database.ts';
export type { Database, Queryable } from './database/database.ts';
export { LedgerFault } from './database/fault.ts';
export { assertSchemaCurrent, migrate, migrationStatus } from './database/migrate.ts';
export type { MigrationStatus } from './database/migrate.ts';
export { isRetriable } from './database/sqlstates.ts';
