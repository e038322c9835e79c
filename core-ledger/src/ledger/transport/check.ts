import { createAccountsCheck } from './accounts-check.ts';
import { BadLine, integer } from './line.ts';
import type { Line } from './line.ts';
import { recordTypes } from './records.ts';
import type { Fields } from './records.ts';

/** Follows the lines of an import and refuses those that do not fit what came before. */
export type ImportCheck = {
  /** Throws `BadLine`. */
  take(line: Line): void;
  /** The end was seen, and the accounts say what their entries and holds do. Throws `BadLine`. */
  finish(): void;
};

/** Remembers nothing of the transfers, of which there may be any number. */
export function createImportCheck(): ImportCheck {
  const accounts = createAccountsCheck();
  let lines = 0;
  let reached = -1;
  let ended = false;
  let number: bigint | null = null;
  let archived = false;

  const takeTransfer = (transfer: Fields, entries: readonly Fields[]): void => {
    const own = integer(transfer, 'number');
    if (number !== null && own <= number) throw new BadLine(`number ${own} comes after ${number}`);
    number = own;
    if (entries.length === 0 && !archived) throw new BadLine('a transfer without entries');
    accounts.post(entries);
  };
  const takeRecord = (line: Extract<Line, { fields: Fields }>): void => {
    const place = recordTypes.indexOf(line.type);
    if (place < reached) throw new BadLine(`${line.type} comes after what follows it`);
    reached = place;
    switch (line.type) {
      case 'account':
        return accounts.open(line.fields, lines);
      case 'opening':
        archived = true;
        return accounts.start(line.fields);
      case 'hold':
        return accounts.hold(line.fields);
      case 'transfer':
        return takeTransfer(line.fields, line.entries);
      case 'wallet':
      case 'result':
      case 'block':
    }
  };

  return {
    take(line) {
      lines += 1;
      if (ended) throw new BadLine('a line after the end');
      if ((line.type === 'ledger') !== (lines === 1)) {
        throw new BadLine('the first line, and no other, must be of type "ledger"');
      }
      if (line.type === 'end') {
        if (line.lines !== lines) throw new BadLine(`the end of ${line.lines} lines`);
        ended = true;
      } else if (line.type !== 'ledger') takeRecord(line);
    },
    finish() {
      if (!ended) throw new BadLine('the end is missing');
      accounts.finish();
    },
  };
}
