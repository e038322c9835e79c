import { createDatabase, migrate, migrationStatus } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { Command } from './table.ts';

/** `migrate` runs what is pending; `migrate status` only tells, and finds fault with a gap. */
export const migrateCommand: Command = async ([action = 'run', ...rest], context) => {
  if (!['run', 'status'].includes(action) || rest.length > 0) {
    context.print('usage: npm run wallet -- migrate [status]');
    return 2;
  }
  const url = findDatabaseUrl(context.environment);
  const database = createDatabase({ url, applicationName: 'wallet-migrate', poolSize: 2 });
  try {
    const status = await (action === 'run' ? migrate : migrationStatus)(database);
    for (const name of status.done) context.print(`done     ${name}`);
    for (const name of status.pending) context.print(`pending  ${name}`);
    for (const name of status.unknown) context.print(`unknown  ${name}`);
    return status.pending.length + status.unknown.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
};
