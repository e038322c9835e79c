import { archiveMonths, type ArchiveRefusal } from '@wallet/core-ledger';
import { openWholeLedger } from './whole-ledger.ts';
import type { Command } from './table.ts';

const reasons: Readonly<Record<ArchiveRefusal, string>> = {
  month_not_over: 'the month before it is not over, or not for a day yet',
  month_divided: 'a part of the journal reaches beyond it; take a later month',
  nothing_to_archive: 'there is nothing so old',
  not_sealed: 'the hash chain does not cover it yet; wait for the sealer',
};

/** Takes the months before one out of the journal; their tables are left to export and drop. */
export const archiveCommand: Command = async (args, context) => {
  const [flag, month, ...rest] = args;
  const named = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month ?? '');
  if (flag !== '--before' || named === null || rest.length > 0) {
    context.print('usage: npm run wallet -- archive --before YYYY-MM');
    return 2;
  }
  const database = openWholeLedger('wallet-archive', context);
  try {
    const before = new Date(Date.UTC(Number(named[1]), Number(named[2]) - 1));
    const result = await archiveMonths(database.knex, before);
    if (!result.ok) {
      context.print(`nothing was archived: ${result.reason}: ${reasons[result.reason]}`);
      return 1;
    }
    for (const table of result.tables) context.print(`detached ${table}`);
    context.print(
      `${result.accounts} accounts have their opening; dump the tables, then drop them`,
    );
    return 0;
  } finally {
    await database.close();
  }
};
