import { createDatabase, verifyChain } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { Command } from './table.ts';

/** A block takes a tenth of a second; one under memory pressure may take longer. */
const LONGEST_STATEMENT_MS = 600_000;

/**
 * Recomputes the chain of hashes from its beginning and names the first row that is not as it was
 * sealed. With `--head` the chain must also pass through that hash: without it, somebody who could
 * change rows could have made the chain anew.
 */
export const verifyChainCommand: Command = async ([flag, head, ...rest], context) => {
  const asked = flag === undefined || (flag === '--head' && /^[0-9a-f]{64}$/.test(head ?? ''));
  if (!asked || rest.length > 0) {
    context.print('usage: npm run wallet -- verify-chain [--head <64 hex digits>]');
    return 2;
  }
  const database = createDatabase({
    url: findDatabaseUrl(context.environment),
    applicationName: 'wallet-verify-chain',
    poolSize: 1,
    longestStatementMs: LONGEST_STATEMENT_MS,
  });
  try {
    const verdict = await verifyChain(database.knex, {
      ...(head === undefined ? {} : { expectedHead: head }),
    });
    context.print(`height     ${verdict.height}`);
    context.print(`head       ${verdict.head}`);
    context.print(`transfers  ${verdict.transfers}`);
    if (verdict.archived > 0) {
      context.print(`archived   ${verdict.archived} of them: seen to be there, not recomputed`);
    }
    context.print(verdict.fault === null ? '✓ as it was sealed' : `✗ ${verdict.fault.detail}`);
    return verdict.fault === null ? 0 : 1;
  } finally {
    await database.close();
  }
};
