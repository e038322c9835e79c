import { createDatabase, type Database } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { CommandContext } from './table.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isId(text: string | undefined): text is string {
  return text !== undefined && uuid.test(text);
}

/** Opens the database for a command about users, and closes it behind the work. */
export async function withDatabase(
  context: CommandContext,
  work: (database: Database) => Promise<number>,
): Promise<number> {
  const url = findDatabaseUrl(context.environment);
  const database = createDatabase({ url, applicationName: 'wallet-identity', poolSize: 1 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
