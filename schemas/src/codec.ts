import { Fault } from '@wallet/runtime';
import type { Type } from 'avsc';
import { createAvroType } from './avro-types.ts';
import { createDecisionWriter } from './decision-writer.ts';
import type { Decision, PaymentIntent } from './records.generated.ts';
import { readSchema, withoutFields } from './schema-files.ts';
import { topics, type Topic } from './topics.ts';
import { createWriterSchemas, type WriterSchemas } from './writer-schemas.ts';

export type UndecodableReason =
  'null_value' | 'not_framed' | 'unknown_schema' | 'undecodable' | 'schema_not_loaded';

/** `schema_not_loaded` asks for `load` and another try; every other reason is final. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: UndecodableReason; readonly detail: string };

export type Codec = {
  /**
   * Confluent framing: magic 0, four bytes of schema id, Avro. Throws when the value does not fit.
   */
  encode<T>(topic: Topic<T>, value: T): Buffer;
  /**
   * A `payment-scored` value. The intent's bytes are copied from the record it came with when that
   * was written with our own schema, and encoded anew otherwise.
   */
  encodeScored(intent: PaymentIntent, intentBytes: Buffer, decision: Decision): Buffer;
  /** Strict: every byte must be accounted for. Never throws. */
  decode<T>(topic: Topic<T>, bytes: Buffer | null): Decoded<T>;
  /**
   * Fetches the writer schemas these values need and `decode` does not have yet.
   * Throws a retriable Fault when the registry cannot be reached.
   */
  load(records: readonly { readonly value: Buffer | null }[]): Promise<void>;
};

const MAGIC = 0;
const HEADER_BYTES = 5;
// Larger than almost every record, so that growing is rare.
const SCRATCH_BYTES = 65_536;

/** Reads a record written with one schema as our own; null = written with our own. */
type Reader = ReturnType<Type['createResolver']> | null | 'incompatible';
type Reading = { readonly type: Type; readonly readers: Map<number, Reader> };
type Entry = Reading & { readonly id: number };

/**
 * @param options.ids schema id of each topic, by logical topic name
 * @param options.writerType the registry's look-up of a writer schema, null for an unknown id
 */
export function createCodec(options: {
  ids: ReadonlyMap<string, number>;
  writerType: (id: number) => Promise<Type | null>;
}): Codec {
  const entries = createEntries(options.ids);
  const own = new Map([...entries.values()].map(({ id, type }) => [id, type]));
  const writers = createWriterSchemas(options.writerType, own);
  const writeDecision = createDecisionWriter(readSchema('decision.avsc'));
  const partial = new Map<Topic<unknown>, Reading>();
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  const entryOf = ({ name, unread }: Topic<unknown>): Entry => {
    const entry = entries.get(name);
    if (entry === undefined || unread !== undefined) throw unknownTopic(name);
    return entry;
  };

  const readingOf = (topic: Topic<unknown>): Reading => {
    const { name, schemaFile, unread } = topic;
    if (unread === undefined) return entryOf(topic);
    const known = partial.get(topic);
    if (known !== undefined) return known;
    if (!entries.has(name)) throw unknownTopic(name);
    const type = createAvroType(withoutFields(readSchema(schemaFile), unread));
    const reading = { type, readers: new Map<number, Reader>() };
    partial.set(topic, reading);
    return reading;
  };

  /** Runs `write` on the scratch, in a larger one when it does not fit; one copy of the result. */
  function framed(id: number, write: (buffer: Buffer) => number): Buffer {
    for (;;) {
      scratch[0] = MAGIC;
      scratch.writeInt32BE(id, 1);
      const end = write(scratch);
      if (end >= 0) return Buffer.from(scratch.subarray(0, end));
      scratch = Buffer.allocUnsafeSlow(2 * (scratch.length - end));
    }
  }

  function encode<T>(topic: Topic<T>, value: T): Buffer {
    const { id, type } = entryOf(topic);
    return framed(id, (buffer) => type.encode(value, buffer, HEADER_BYTES));
  }

  return {
    encode,
    encodeScored(intent, intentBytes, decision) {
      const { id: intentId } = entryOf(topics.paymentIntents);
      if (schemaIdOf(intentBytes) !== intentId) {
        return encode(topics.paymentScored, { intent, decision });
      }
      return framed(entryOf(topics.paymentScored).id, (buffer) => {
        if (intentBytes.length > buffer.length) return buffer.length - intentBytes.length;
        intentBytes.copy(buffer, HEADER_BYTES, HEADER_BYTES);
        return writeDecision(decision, buffer, intentBytes.length);
      });
    },
    decode: <T>(topic: Topic<T>, bytes: Buffer | null) =>
      decode(readingOf(topic), bytes, writers) as Decoded<T>,
    async load(records) {
      await writers.load(records.map(({ value }) => (value === null ? null : schemaIdOf(value))));
    },
  };
}

function decode(reading: Reading, bytes: Buffer | null, writers: WriterSchemas): Decoded<unknown> {
  if (bytes === null) return refused('null_value', 'the record has no value');
  const id = schemaIdOf(bytes);
  if (id === null) return refused('not_framed', 'no magic byte and schema id');
  const reader = readerOf(reading, id, writers);
  if (reader === undefined) {
    return writers.isUnknown(id)
      ? refused('unknown_schema', `the registry does not know schema id ${id}`)
      : refused('schema_not_loaded', `schema id ${id} is not loaded yet`);
  }
  if (reader === 'incompatible') {
    return refused(
      'undecodable',
      `schema id ${id} does not fit ${reading.type.name ?? 'the topic'}`,
    );
  }
  try {
    const body = bytes.subarray(HEADER_BYTES);
    return { ok: true, value: reading.type.fromBuffer(body, reader ?? undefined) };
  } catch (error) {
    return refused('undecodable', error instanceof Error ? error.message : String(error));
  }
}

function createEntries(ids: ReadonlyMap<string, number>): ReadonlyMap<string, Entry> {
  return new Map(
    Object.values(topics).map((topic) => {
      const id = ids.get(topic.name);
      if (id === undefined) throw unknownTopic(topic.name);
      const type = createAvroType(readSchema(topic.schemaFile));
      return [topic.name, { type, id, readers: new Map<number, Reader>([[id, null]]) }];
    }),
  );
}

/** Building a resolver takes a hundred times as long as using it: one per pair of schemas. */
function readerOf(reading: Reading, id: number, writers: WriterSchemas): Reader | undefined {
  const known = reading.readers.get(id);
  if (known !== undefined) return known;
  const writer = writers.get(id);
  if (writer === undefined) return undefined;
  const reader = resolve(reading.type, writer);
  reading.readers.set(id, reader);
  return reader;
}

function resolve(reader: Type, writer: Type): Reader {
  try {
    return reader.createResolver(writer);
  } catch {
    return 'incompatible'; // avsc says so by throwing; decode gives the reason
  }
}

function schemaIdOf(bytes: Buffer): number | null {
  return bytes.length >= HEADER_BYTES && bytes[0] === MAGIC ? bytes.readInt32BE(1) : null;
}

function refused(reason: UndecodableReason, detail: string) {
  return { ok: false, reason, detail } as const;
}

function unknownTopic(name: string): Fault {
  return new Fault('unknown_topic', `no schema is known for topic ${name}`, { retriable: false });
}
