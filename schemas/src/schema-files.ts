import { readFileSync } from 'node:fs';

/** A parsed Avro schema, as JSON. */
export type AvroJson = string | AvroJson[] | { readonly [key: string]: AvroValue };
type AvroValue = AvroJson | number | boolean | null | AvroValue[];
type AvroObject = { readonly [key: string]: AvroValue };

const avroFolder = new URL('../avro/', import.meta.url);

/** Files whose records other files name (`wallet.PaymentIntent`) instead of repeating them. */
const sharedRecords: Readonly<Record<string, string>> = {
  'wallet.PaymentIntent': 'payment-intent.avsc',
  'wallet.Decision': 'decision.avsc',
};

/**
 * The schema of one file in `schemas/avro`, self-contained: references to other files are inlined.
 */
export function readSchema(file: string): AvroObject {
  const schema = JSON.parse(readFileSync(new URL(file, avroFolder), 'utf8')) as AvroObject;
  return inlineReferences(schema) as AvroObject;
}

/** Names of fields by the name of their record. */
export type FieldsByRecord = Readonly<Record<string, readonly string[]>>;

/** The same schema without some fields. */
export function withoutFields(schema: AvroObject, unread: FieldsByRecord): AvroObject {
  const strip = (node: AvroValue): AvroValue => {
    if (Array.isArray(node)) return node.map(strip);
    if (node === null || typeof node !== 'object') return node;
    const names = typeof node['name'] === 'string' ? (unread[node['name']] ?? []) : [];
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => {
        const isList = key === 'fields' && Array.isArray(value);
        return [key, strip(isList ? value.filter((field) => !isNamed(field, names)) : value)];
      }),
    );
  };
  return strip(schema) as AvroObject;
}

function isNamed(field: AvroValue, names: readonly string[]): boolean {
  if (field === null || typeof field !== 'object' || Array.isArray(field)) return false;
  return typeof field['name'] === 'string' && names.includes(field['name']);
}

/**
 * The exact text that is registered: one line, so that a change of white space is no new version.
 */
export function schemaText(file: string): string {
  return JSON.stringify(readSchema(file));
}

// A reference is inlined where it stands. Each shared record is named once per file, so no name is
// defined twice.
function inlineReferences(node: AvroValue): AvroValue {
  if (Array.isArray(node)) return node.map(inlineReferences);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const file = key === 'type' && typeof value === 'string' ? sharedRecords[value] : undefined;
      return [key, file === undefined ? inlineReferences(value) : readSchema(file)];
    }),
  );
}
