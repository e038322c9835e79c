import { describe, expect, test } from '@jest/globals';
import { createPartitionQueues } from './partition-queues.ts';
import type { InboundRecord } from './record.ts';

const limits = { highWater: 100, lowWater: 20, highWaterBytes: 10_000 };
const assigned = [0, 1, 2].map((partition) => ({ topic: 't', partition }));

function queuesWith(counts: readonly number[]) {
  const queues = createPartitionQueues(limits);
  queues.assign(assigned);
  for (const [partition, count] of counts.entries()) {
    const of = queues.get('t', partition);
    for (let offset = 0; offset < count; offset++) of?.records.push(record(partition, offset));
  }
  return queues;
}

function record(partition: number, offset: number): InboundRecord {
  return { topic: 't', partition, offset, timestampMs: 0, key: null, value: null, headers: {} };
}

const countOf = (records: readonly InboundRecord[], wanted: number) =>
  records.filter(({ partition }) => partition === wanted).length;

describe('take', () => {
  test('a flood in one partition leaves each other one its share', () => {
    const taken = queuesWith([1_000, 40, 5]).take(90);
    expect(taken.length).toBe(90);
    expect(countOf(taken, 1)).toBeGreaterThanOrEqual(30);
    expect(countOf(taken, 2)).toBe(5);
  });

  test('what one partition leaves of its share goes to the others', () => {
    expect(queuesWith([50, 50, 0]).take(1_000).length).toBe(100);
  });

  test('partitions that are not wanted keep theirs', () => {
    const queues = queuesWith([50, 50, 50]);
    expect(queues.take(1_000, ({ partition }) => partition === 1).length).toBe(50);
    expect(queues.take(1_000, ({ partition }) => partition === 1)).toEqual([]);
    expect(queues.take(1_000).length).toBe(100);
  });

  test('with fewer records wanted than partitions the turn goes round', () => {
    const queues = queuesWith([5, 5, 5]);
    const seen = new Set([1, 2, 3].map(() => queues.take(1)[0]?.partition));
    expect(seen.size).toBe(3);
  });

  test('each partition stays in order and nothing is taken twice', () => {
    const queues = queuesWith([300, 200, 100]);
    const next = [0, 0, 0];
    for (let batch = queues.take(77); batch.length > 0; batch = queues.take(77)) {
      for (const { partition, offset } of batch) {
        expect(offset).toBe(next[partition]);
        next[partition] = offset + 1;
      }
    }
    expect(next).toEqual([300, 200, 100]);
    expect(queues.depth()).toBe(0);
  });
});

test('what is upcoming stays, and is what is taken next', () => {
  const queues = queuesWith([300, 20, 0]);
  queues.take(10);
  const upcoming = new Set(queues.upcoming(100));
  expect(upcoming.size).toBeLessThanOrEqual(100);
  expect(queues.depth()).toBe(310);
  const taken = queues.take(100);
  // The rest of a share that a small partition leaves is known only when it is taken.
  expect(taken.filter((record) => upcoming.has(record)).length).toBe(upcoming.size);
  expect(new Set(queues.take(1_000).concat(taken)).size).toBe(310);
});

test('nothing is upcoming where nothing waits', () => {
  expect(queuesWith([0, 0, 0]).upcoming(10)).toEqual([]);
});

test('assign drops everything and says how much', () => {
  const queues = queuesWith([10, 5, 0]);
  queues.take(3);
  expect(queues.assign(assigned)).toBe(12);
  expect(queues.depth()).toBe(0);
});

test('full is by records or by bytes, and there is room again at the low mark', () => {
  const queues = queuesWith([100, 99, 0]);
  const [full, almost, heavy] = queues.all();
  if (!full || !almost || !heavy) throw new Error('three partitions are assigned');
  expect([queues.isFull(full), queues.isFull(almost)]).toEqual([true, false]);
  heavy.bytes = 10_000;
  expect([queues.isFull(heavy), queues.isLow(heavy)]).toEqual([true, false]);
  expect(queues.isLow(almost)).toBe(false);
});
