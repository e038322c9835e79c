import { erasePerson } from '@wallet/core-ledger';
import { isId, withDatabase } from './identity-database.ts';
import type { Command } from './table.ts';

/** Erases name and e-mail address of a user for ever; money and its history stay, under the id. */
export const eraseSubjectCommand: Command = async ([id, ...rest], context) => {
  if (!isId(id) || rest.length > 0) {
    context.print('usage: npm run wallet -- erase-subject USER-ID');
    return 2;
  }
  return withDatabase(context, async (database) => {
    const erased = await erasePerson(database.knex, id);
    context.print(
      erased
        ? `erased ${id}: the key is gone, all sessions have ended`
        : `there is no person ${id}, or it has been erased before`,
    );
    return erased ? 0 : 1;
  });
};
