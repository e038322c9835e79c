import { createDatabase, type Database } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { CommandContext } from './table.ts';

/** What reads the whole ledger takes its time. */
const longestStatementMs = 3_600_000;

/** One connection for a command whose statements go over everything. */
export function openWholeLedger(applicationName: string, context: CommandContext): Database {
  const url = findDatabaseUrl(context.environment);
  return createDatabase({ url, applicationName, poolSize: 2, longestStatementMs });
}
