import { entryShape, formatNumber, kindOf, recordShapes, recordTypes } from './records.ts';
import type { FieldKind, Fields, RecordShape, RecordType } from './records.ts';

/** What a line says, once it is known to have its form. */
export type Line =
  | { readonly type: 'ledger'; readonly lastAccountId: bigint; readonly lastNumber: bigint }
  | { readonly type: RecordType; readonly fields: Fields; readonly entries: readonly Fields[] }
  | { readonly type: 'end'; readonly lines: number };

/** A line that is not what it must be; told with its number, never thrown further. */
export class BadLine extends Error {}

const forms: Readonly<Record<FieldKind, { pattern: RegExp; called: string }>> = {
  integer: { pattern: /^(0|-?[1-9]\d{0,18})$/, called: 'an integer in a string' },
  text: { pattern: /^[^\0]*$/, called: 'a string' },
  uuid: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, called: 'a uuid' },
  time: {
    pattern: /^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/,
    called: 'a UTC time with microseconds',
  },
  bytes: { pattern: /^([0-9a-f]{2})*$/, called: 'bytes in hexadecimal' },
  object: { pattern: /^/, called: 'an object of strings' },
};

/** Reads one line. Throws `BadLine`. */
export function readLine(line: string): Line {
  const { type, ...rest } = objectOf(parse(line), 'the line');
  if (type === 'ledger') {
    if (rest.format !== formatNumber) throw new BadLine(`format ${String(rest.format)} is unknown`);
    const lastAccountId = integerOf(rest.last_account_id, 'last_account_id');
    return { type, lastAccountId, lastNumber: integerOf(rest.last_number, 'last_number') };
  }
  if (type === 'end') return { type, lines: Number(rest.lines) };
  const known = recordTypes.find((name) => name === type);
  if (known === undefined) throw new BadLine(`unknown type ${JSON.stringify(type)}`);
  if (known !== 'transfer') {
    return { type: known, fields: fieldsOf(rest, recordShapes[known]), entries: [] };
  }
  const { entries, ...own } = rest;
  if (!Array.isArray(entries)) throw new BadLine('entries must be an array');
  return {
    type: known,
    fields: fieldsOf(own, recordShapes.transfer),
    entries: entries.map((entry, index) =>
      fieldsOf(objectOf(entry, `entries[${index}]`), entryShape, `entries[${index}].`),
    ),
  };
}

/** An integer field of a row that was read. */
export function integer(fields: Fields, name: string): bigint {
  return integerOf(fields[name], name);
}

/** A text field of a row that was read; '' when it is null. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BadLine('not JSON');
  }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadLine(`${what} must be an object`);
  }
  return value as Record<string, unknown>;
}

function fieldsOf(row: Record<string, unknown>, shape: RecordShape, place = ''): Fields {
  const unknown = Object.keys(row).find((name) => !Object.hasOwn(shape.fields, name));
  if (unknown !== undefined) throw new BadLine(`unknown field ${place}${unknown}`);
  for (const [name, kind] of Object.entries(shape.fields)) {
    const value = row[name];
    if (value === null && kind.endsWith('?')) continue;
    if (!hasForm(value, kindOf(kind))) {
      throw new BadLine(`${place}${name} must be ${forms[kindOf(kind)].called}`);
    }
  }
  return row as Fields;
}

function hasForm(value: unknown, kind: FieldKind): boolean {
  if (kind === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.values(value).every((each) => typeof each === 'string');
  }
  return typeof value === 'string' && forms[kind].pattern.test(value);
}

function integerOf(value: unknown, name: string): bigint {
  if (!hasForm(value, 'integer')) throw new BadLine(`${name} must be ${forms.integer.called}`);
  return BigInt(value as string);
}
