import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import slowCrc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import kafkajsRequest from 'kafkajs/src/protocol/requests/produce/v7/request.js';
import { crc32c } from './crc32c.ts';
import { encodeProduce } from './produce-request.ts';

const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength, size: 'max' }).map((array) => Buffer.from(array));
const headers = fc.dictionary(
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.string({ unit: 'binary', maxLength: 150 }),
);
const message = fc.record(
  {
    key: fc.string({ unit: 'binary', maxLength: 80 }),
    value: fc.oneof(bytes(400), fc.constant(Buffer.alloc(20_000, 7))),
    headers,
  },
  { requiredKeys: ['key', 'value'] },
);
const partition = fc.record({
  partition: fc.nat(1_000),
  messages: fc.array(message, { minLength: 1, maxLength: 80 }),
});
const topic = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 50 }),
  partitions: fc.array(partition, { minLength: 1, maxLength: 4 }),
});

test('a produce request has the bytes that kafkajs gives it', async () => {
  const nowMs = 1_800_000_000_123;
  await fc.assert(
    fc.asyncProperty(fc.array(topic, { maxLength: 2 }), async (topicData) => {
      const request = { acks: -1, timeout: 4_000, topicData };
      const timed = topicData.map(({ topic: name, partitions }) => ({
        topic: name,
        partitions: partitions.map(({ partition: number, messages }) => ({
          partition: number,
          firstSequence: 0,
          messages: messages.map((each) => ({ ...each, timestamp: String(nowMs) })),
        })),
      }));
      const slow = await kafkajsRequest({ ...request, topicData: timed }).encode();
      expect(encodeProduce(request, nowMs).equals(slow.buffer)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('the fast checksum is the slow one', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283); // the check value of RFC 3720
  fc.assert(
    fc.property(bytes(300), fc.nat(40), (array, start) => {
      expect(crc32c(array, start)).toBe(slowCrc32c(array.subarray(start)));
    }),
  );
});
