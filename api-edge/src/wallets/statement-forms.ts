import type { WalletEntryView, WalletStatement } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import { camt053 } from './camt053.ts';
import { entrySchema, shownEntry, type Entry } from './entry.ts';

/** No statement is longer: clients that must bound what they take may. */
const mostEntries = 10_000_000;

export const statementSchema = z
  .strictObject({
    wallet_id: fields.id(),
    currency: fields.shownCurrency(),
    from: fields.time(),
    to: fields.time(),
    opening_balance_minor: fields.shownAmount(),
    closing_balance_minor: fields.shownAmount(),
    entries: z
      .array(entrySchema)
      .max(mostEntries)
      .meta({ description: 'Oldest first; opening + entries = closing.' }),
  })
  .meta({ id: 'Statement' });

/** The text of a statement, in the pieces in which its entries are read. */
type Form = (
  statement: WalletStatement,
  pages: AsyncIterable<readonly WalletEntryView[]>,
) => AsyncGenerator<string>;

/** The media types in which a statement comes; the first is what one gets who does not ask. */
export const statementForms = {
  'application/json': json,
  'text/csv': csv,
  'application/xml': camt053,
} as const satisfies Record<string, Form>;

async function* json(
  statement: WalletStatement,
  pages: AsyncIterable<readonly WalletEntryView[]>,
): AsyncGenerator<string> {
  const head: Omit<z.output<typeof statementSchema>, 'entries'> = {
    wallet_id: statement.walletId,
    currency: statement.currency,
    from: statement.from.toISOString(),
    to: statement.to.toISOString(),
    opening_balance_minor: Number(statement.openingMinor),
    closing_balance_minor: Number(statement.closingMinor),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"entries":[`;
  let separator = '';
  for await (const page of pages) {
    yield separator + page.map((entry) => JSON.stringify(shownEntry(entry))).join(',');
    separator = ',';
  }
  yield ']}';
}

const columns = Object.keys(entrySchema.shape) as (keyof Entry)[];

/** RFC 4180, with a header. */
async function* csv(
  _statement: WalletStatement,
  pages: AsyncIterable<readonly WalletEntryView[]>,
): AsyncGenerator<string> {
  yield `${columns.join(',')}\r\n`;
  for await (const page of pages) yield page.map(csvLine).join('');
}

function csvLine(entry: WalletEntryView): string {
  const shown = shownEntry(entry);
  return `${columns.map((column) => csvField(shown[column])).join(',')}\r\n`;
}

/** Programs that show tables run a text that begins so; others' texts must not be run. */
const formula = /^[=+\-@\t\r]/;

function csvField(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const harmless = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
