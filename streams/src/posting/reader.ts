import { Fault } from '@wallet/runtime';
import type { Codec, InboundRecord } from '@wallet/schemas';
import type { DeadLetterReason, Item, Kind, Unusable } from './kind.ts';

export type Reader = {
  /**
   * A record whose writer schema is loaded, as the kind its topic and value say.
   * Faults: retriable when the schema is not loaded.
   */
  read(record: InboundRecord): Item;
  /** Reads what may come next while there is nothing else to do; `read` then has it at once. */
  readAhead(records: readonly InboundRecord[]): void;
};

export function createReader(codec: Codec, kinds: readonly Kind[]): Reader {
  const readNow = createReading(codec, kinds);
  const ahead = new WeakMap<InboundRecord, Item>();
  return {
    read(record) {
      const item = ahead.get(record);
      if (item === undefined) return readNow(record);
      ahead.delete(record);
      return item;
    },
    readAhead(records) {
      try {
        for (const record of records) if (!ahead.has(record)) ahead.set(record, readNow(record));
      } catch {
        // It lacks a schema, which its own batch loads and complains of.
      }
    },
  };
}

function createReading(codec: Codec, kinds: readonly Kind[]) {
  const ofTopic = Map.groupBy(kinds, ({ topic }) => topic.name);
  return (record: InboundRecord): Item => {
    const { topic, value: bytes } = record;
    if (bytes === null) return unusable(record, 'null_value', 'the record has no value');
    const candidates = ofTopic.get(topic);
    const schema = candidates?.[0]?.topic;
    if (candidates === undefined || schema === undefined) {
      return unusable(record, 'unprocessable', `nothing here reads ${topic}`);
    }
    const read = codec.decode(schema, bytes);
    if (!read.ok && read.reason === 'schema_not_loaded') {
      throw new Fault('schema_not_loaded', read.detail, { retriable: true });
    }
    if (!read.ok) return unusable(record, read.reason, read.detail);
    const { value } = read;
    const kind = candidates.find(({ isOne }) => isOne?.(value) ?? true);
    if (kind === undefined) {
      return unusable(record, 'unprocessable', 'intents of this kind are unknown here');
    }
    return { kind, record, bytes, value, intent: kind.intentOf(value) };
  };
}

function unusable(record: InboundRecord, reason: DeadLetterReason, detail: string): Unusable {
  return { kind: 'unusable', record, reason, detail };
}
