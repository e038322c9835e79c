import { expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionOf } from './partitioner.ts';

// org.apache.kafka.common.utils.UtilsTest#testMurmur2 and calls of Utils.murmur2 of kafka-clients
// 4.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
  ['', 275646681],
])('murmur2 of %s is what Java says', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('the partition of a key is that of the driver and of Java', () => {
  const theirs = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 8 }, (_, partitionId) => ({
    ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] },
    offlineReplicas: [],
  }));
  for (let at = 0; at < 500; at++) {
    const key = `key-${at}-${'ü'.repeat(at % 5)}`;
    const message = { key, value: null };
    expect(partitionOf(key, 8)).toBe(theirs({ topic: 't', partitionMetadata, message }));
  }
});
