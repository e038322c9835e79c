import { expect, it } from '@jest/globals';
import { topics, type Codec, type InboundRecord } from '@wallet/schemas';
import { createReader } from './reader.ts';
import type { Kind } from './kind.ts';

const kind = { topic: topics.walletIntents, intentOf: (value) => value } as Kind<object> as Kind;
const record = (offset: number): InboundRecord => ({
  ...{ topic: topics.walletIntents.name, partition: 0, offset, key: null },
  ...{ value: Buffer.from([offset]), headers: {}, timestampMs: 0 },
});

/** Decodes a byte; one of 255 has a schema that is not loaded. */
function counting() {
  const decoded: number[] = [];
  const codec = {
    decode(_topic: unknown, bytes: Buffer) {
      const value = bytes.readUInt8(0);
      if (value === 255) return { ok: false, reason: 'schema_not_loaded', detail: 'not yet' };
      decoded.push(value);
      return { ok: true, value: { value } };
    },
  } as unknown as Codec;
  return { decoded, ...createReader(codec, [kind]) };
}

it('what was read ahead is not read again', () => {
  const { decoded, read, readAhead } = counting();
  const records = [record(1), record(2), record(3)];
  readAhead(records.slice(0, 2));
  readAhead(records.slice(1));
  expect(decoded).toEqual([1, 2, 3]);
  expect(records.map(read)).toMatchObject([{ value: { value: 1 } }, { value: { value: 2 } }, {}]);
  expect(decoded).toEqual([1, 2, 3]);
});

it('what cannot be read yet is left to its own batch, with all behind it', () => {
  const { decoded, read, readAhead } = counting();
  const unread = record(255);
  readAhead([record(1), unread, record(2)]);
  expect(decoded).toEqual([1]);
  expect(() => read(unread)).toThrow('not yet');
});
