import { newestSigningKey, requestSigningKey } from '@wallet/core-ledger';
import { waitUntil } from '../wait.ts';
import { withDatabase } from './identity-database.ts';
import type { Command } from './table.ts';

/** The service looks every two seconds. */
const patienceMs = 15_000;

/** Asks the identity service for a new key to sign tokens with, and says when it begins. */
export const rotateKeysCommand: Command = async (args, context) => {
  if (args.length > 0) {
    context.print('usage: npm run wallet -- rotate-keys');
    return 2;
  }
  return withDatabase(context, async ({ knex }) => {
    const before = await newestSigningKey(knex);
    await requestSigningKey(knex);
    const isMade = async () => (await newestSigningKey(knex))?.id !== before?.id;
    if (!(await waitUntil(isMade, { withinMs: patienceMs }))) {
      context.print('asked for; no identity service runs: the first one to start makes the key');
      return 1;
    }
    const made = await newestSigningKey(knex);
    context.print(`new key        ${made?.id}`);
    context.print(`signs from     ${made?.signsFrom.toISOString()}`);
    if (before !== null) context.print(`${before.id} stays published until its tokens have ended`);
    return 0;
  });
};
