import { createDatabase, verifyInvariants } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { Command } from './table.ts';

/** A full pass reads the whole ledger. */
const LONGEST_STATEMENT_MS = 3_600_000;

/** Checks every invariant over the whole ledger and names the first rows that break one. */
export const verifyCommand: Command = async (args, context) => {
  if (args.length > 0) {
    context.print('usage: npm run wallet -- verify');
    return 2;
  }
  const database = createDatabase({
    url: findDatabaseUrl(context.environment),
    applicationName: 'wallet-verify',
    poolSize: 1,
    longestStatementMs: LONGEST_STATEMENT_MS,
  });
  try {
    const results = await verifyInvariants(database.knex);
    for (const { id, title, violations, examples } of results) {
      context.print(`${violations === 0 ? '✓' : '✗'} ${id.padEnd(4)} ${title}`);
      for (const example of examples) context.print(`       ${example}`);
      if (violations > examples.length)
        context.print(`       … and ${violations - examples.length} more`);
    }
    return results.every(({ violations }) => violations === 0) ? 0 : 1;
  } finally {
    await database.close();
  }
};
