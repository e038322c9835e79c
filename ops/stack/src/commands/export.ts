import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { exportLedger } from '@wallet/core-ledger';
import { openWholeLedger } from './whole-ledger.ts';
import type { Command } from './table.ts';

/** Writes the whole ledger to a new file, a line of JSON for each row. */
export const exportCommand: Command = async ([file, ...rest], context) => {
  if (file === undefined || file.startsWith('-') || rest.length > 0) {
    context.print('usage: npm run wallet -- export FILE');
    return 2;
  }
  const database = openWholeLedger('wallet-export', context);
  let count = 0;
  try {
    await pipeline(
      async function* () {
        for await (const line of exportLedger(database.knex)) {
          count += 1;
          yield `${line}\n`;
        }
        // An export never replaces another one.
      },
      createWriteStream(file, { flags: 'wx' }),
    );
  } finally {
    await database.close();
  }
  context.print(`${count} lines written to ${file}`);
  return 0;
};
