import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Fault } from '@wallet/runtime';
import avro, { type Type } from 'avsc';
import { avroOptions } from './avro-types.ts';

/** What the wire needs of a Confluent-compatible schema registry. */
export type Registry = {
  /** The type a record was written with; null when the registry knows no such Avro schema. */
  writerType(id: number): Promise<Type | null>;
  /** The id of exactly this schema in this subject; null when it was never registered there. */
  findId(subject: string, schema: string): Promise<number | null>;
  /**
   * Registers the schema with FULL_TRANSITIVE compatibility and returns its id; the same schema
   * again returns the same id.
   */
  register(subject: string, schema: string): Promise<number>;
};

// The registry answers in milliseconds; a hanging one must not hang a batch.
const timeoutMs = 3_000;

/**
 * A seam around the registry client: it sets no time-out, answers a lost connection with status
 * 400, and would rebuild a resolver with every decode, which is why decoding stays with our codec.
 * @param url base address, for example `http://127.0.0.1:18081/apis/ccompat/v7`
 * Every call throws a Fault: `registry_unreachable` (retriable) when there is no usable answer,
 * `schema_incompatible` for 409, `schema_refused` for any other refusal.
 */
export function createRegistry(url: string): Registry {
  const client = new SchemaRegistry(
    { host: url.replace(/\/+$/, ''), retry: { retries: 0 } },
    { [SchemaType.AVRO]: avroOptions },
  );
  return {
    async writerType(id) {
      const schema = await ask(`schema ${id}`, client.getSchema(id));
      return schema instanceof avro.Type ? schema : null;
    },
    findId: (subject, schema) =>
      ask(`schema of ${subject}`, client.getRegistryIdBySchema(subject, avroSchema(schema))),
    async register(subject, schema) {
      const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
      const registered = await ask(subject, client.register(avroSchema(schema), options));
      if (registered !== null) return registered.id;
      throw new Fault('schema_refused', `${subject}: not a schema`, { retriable: false });
    },
  };
}

function avroSchema(schema: string) {
  return { type: SchemaType.AVRO, schema } as const;
}

/** The answer, or null when the registry does not know what was asked for. */
async function ask<T>(what: string, answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fault = unreachable(`${what}: no answer in ${timeoutMs} ms`);
    timer = setTimeout(() => reject(fault), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    if (error instanceof Fault) throw error;
    return refused(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What the registry said carries its status; a lost connection looks like 400. Without a status it
 * is the client that speaks: of a level that differs, of nothing found, of no Avro.
 */
function refused(what: string, error: unknown): null {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const text = `${what}: ${message.slice(0, 500)}`;
  const status =
    error instanceof Error && 'status' in error
      ? error.status
      : name.endsWith('CompatibilityError')
        ? 409
        : 404;
  switch (status) {
    case 404:
      return null;
    case 409:
      throw new Fault('schema_incompatible', text, { retriable: false });
    case 401:
    case 403:
    case 422:
      throw new Fault('schema_refused', text, { retriable: false });
    default:
      throw unreachable(text, error);
  }
}

function unreachable(what: string, cause?: unknown): Fault {
  return new Fault('registry_unreachable', `schema registry: ${what}`, { retriable: true, cause });
}
