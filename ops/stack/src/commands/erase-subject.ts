import { createDatabase, erasePerson } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { Command } from './table.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Erases name and e-mail address of a user for ever; money and its history stay, under the id. */
export const eraseSubjectCommand: Command = async ([id = '', ...rest], context) => {
  if (!uuid.test(id) || rest.length > 0) {
    context.print('usage: npm run wallet -- erase-subject USER-ID');
    return 2;
  }
  const url = findDatabaseUrl(context.environment);
  const database = createDatabase({ url, applicationName: 'wallet-erase', poolSize: 1 });
  try {
    const erased = await erasePerson(database.knex, id);
    context.print(
      erased
        ? `erased ${id}: the key is gone, all sessions have ended`
        : `there is no person ${id}, or it has been erased before`,
    );
    return erased ? 0 : 1;
  } finally {
    await database.close();
  }
};
