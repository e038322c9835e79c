import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { importLedger } from '@wallet/core-ledger';
import { openWholeLedger } from './whole-ledger.ts';
import type { Command } from './table.ts';

/** Fills an empty database from an exported file: all of it, or nothing and why. */
export const importCommand: Command = async ([file, ...rest], context) => {
  if (file === undefined || file.startsWith('-') || rest.length > 0) {
    context.print('usage: npm run wallet -- import FILE');
    return 2;
  }
  // Opened before it is read, so that a file that is not there is told as such.
  const input = (await open(file)).createReadStream();
  const database = openWholeLedger('wallet-import', context);
  try {
    const result = await importLedger(database.knex, linesOf(input));
    if (result.ok) {
      context.print(`${result.lines} lines imported, ${result.transfers} transfers`);
      return 0;
    }
    const where = result.line === null ? file : `${file}:${result.line}`;
    context.print(`nothing was imported: ${result.reason}`);
    context.print(`${where}: ${result.problem}`);
    return 1;
  } finally {
    input.destroy();
    await database.close();
  }
};

/** Begins to read when a line is asked for: what comes before that is lost to an iterator. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Infinity });
}
