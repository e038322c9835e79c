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
