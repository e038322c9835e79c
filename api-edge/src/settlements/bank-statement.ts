import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { supportedCurrencies } from '../http/currencies.ts';
import { minorOf } from '../http/major-units.ts';

/** A line of a bank's statement; minor units. */
export type StatementLine = {
  readonly bankReference: string;
  /** Ours, as we gave it to the bank: a settlement's id without hyphens. */
  readonly reference: string | null;
  readonly isCredit: boolean;
  readonly amountMinor: bigint;
  readonly currency: string;
};

/** Two in a statement would be one transaction too large for the others. */
const linesAtMost = 1_000;
const csvHeader = 'bank_reference,direction,amount_minor,currency,reference';

/**
 * Reads a statement: camt.053 of any version, booked entries alone, or CSV with minor units.
 * @returns null when it is neither, or has a line that cannot be meant
 */
export function readBankStatement(
  format: 'camt.053' | 'csv',
  content: string,
): readonly StatementLine[] | null {
  const lines = format === 'csv' ? readCsv(content) : readCamt(content);
  if (lines === null || lines.length === 0 || lines.length > linesAtMost) return null;
  const parsed = z.array(lineSchema).safeParse(lines);
  return parsed.success ? parsed.data : null;
}

const word = z.string().min(1).max(140);
const lineSchema = z.strictObject({
  bankReference: word,
  reference: word.nullable(),
  isCredit: z.boolean(),
  amountMinor: z.bigint().min(1n).max(1_000_000_000_000_000n),
  currency: z.enum(supportedCurrencies),
});

function readCsv(content: string): unknown[] | null {
  const [header, ...rows] = content.split(/\r?\n/).filter((row) => row !== '');
  if (header !== csvHeader) return null;
  return rows.map((row) => {
    const [bankReference, direction, amount = '', currency, reference, ...rest] = row.split(',');
    const isCredit = direction === 'credit' ? true : direction === 'debit' ? false : null;
    const amountMinor = /^\d{1,16}$/.test(amount) ? BigInt(amount) : null;
    const isWhole = rest.length === 0;
    const named = reference === undefined || reference === '' ? null : reference;
    return isWhole && { bankReference, reference: named, isCredit, amountMinor, currency };
  });
}

const parser = new XMLParser({
  ...{ ignoreAttributes: false, attributeNamePrefix: '@', removeNSPrefix: true },
  // Numbers stay text: no amount ever becomes a float. Entities of a document are not followed.
  ...{ parseTagValue: false, parseAttributeValue: false, processEntities: false },
  isArray: (name) => ['Stmt', 'Ntry', 'NtryDtls', 'TxDtls'].includes(name),
});

type Node = { readonly [name: string]: unknown };

function nodesOf(node: unknown, name: string): Node[] {
  const found = (node as Node | undefined)?.[name];
  return Array.isArray(found) ? (found as Node[]) : [];
}

function textAt(node: unknown, ...path: string[]): string | undefined {
  let at: unknown = node;
  for (const name of path) at = typeof at === 'object' && at !== null ? (at as Node)[name] : null;
  return typeof at === 'string' ? at : undefined;
}

function readCamt(content: string): unknown[] | null {
  let document: Node;
  try {
    document = parser.parse(content, true) as Node;
  } catch {
    return null;
  }
  const message = (document.Document as Node | undefined)?.BkToCstmrStmt;
  const entries = nodesOf(message, 'Stmt').flatMap((statement) => nodesOf(statement, 'Ntry'));
  return entries.filter(isBooked).map(lineOfEntry);
}

/** Until version 4 the status is a text, then a code. */
function isBooked(entry: Node): boolean {
  return (textAt(entry, 'Sts') ?? textAt(entry, 'Sts', 'Cd')) === 'BOOK';
}

function lineOfEntry(entry: Node): object {
  const details = nodesOf(entry, 'NtryDtls').flatMap((part) => nodesOf(part, 'TxDtls'));
  const [transaction] = details;
  const currency = textAt(entry, 'Amt', '@Ccy') ?? '';
  const amount = textAt(entry, 'Amt', '#text') ?? '';
  const side = textAt(entry, 'CdtDbtInd');
  // What was given for several payments together nobody can match: a person looks.
  const reference = details.length === 1 ? textAt(transaction, 'Refs', 'EndToEndId') : undefined;
  return {
    bankReference: textAt(entry, 'AcctSvcrRef') ?? textAt(transaction, 'Refs', 'AcctSvcrRef'),
    reference: reference ?? null,
    isCredit: side === 'CRDT' ? true : side === 'DBIT' ? false : null,
    amountMinor: minorOf(amount, currency),
    currency,
  };
}

/** The settlement that our reference names; null: none of ours. */
export function settlementIdOf(reference: string | null): string | null {
  const digits = reference?.toLowerCase() ?? '';
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
