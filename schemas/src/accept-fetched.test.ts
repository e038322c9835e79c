import { describe, expect, test } from '@jest/globals';
import type { Batch } from 'kafkajs';
import { acceptFetched } from './accept-fetched.ts';
import { createPartitionQueues, type Partition } from './partition-queues.ts';

function partitionAt(nextOffset: number | null, startsAnywhere = false): Partition {
  const queues = createPartitionQueues({ highWater: 9, lowWater: 1, highWaterBytes: 9 });
  queues.assign([{ topic: 't', partition: 0 }]);
  const [of] = queues.all();
  if (of === undefined) throw new Error('one partition is assigned');
  return Object.assign(of, { nextOffset, startsAnywhere });
}

/** What the broker answered when kafkajs asked for the records from `asked` on. */
function batchOf(asked: number, offsets: readonly number[], end = 1_000): Batch {
  const messages = offsets.map((offset) => ({
    ...{
      offset: String(offset),
      key: null,
      value: Buffer.from('v'),
      timestamp: '1',
      attributes: 0,
    },
    headers: { plain: Buffer.from('text'), repeated: [Buffer.from('a'), Buffer.from('b')] },
  }));
  return { fetchedOffset: String(asked), highWatermark: String(end), messages } as unknown as Batch;
}

const offsetsOf = (of: Partition) => of.records.map(({ offset }) => offset);

describe('records are accepted', () => {
  test('when they follow the position', () => {
    const of = partitionAt(5);
    const outcome = acceptFetched(of, batchOf(5, [5, 6, 7]));
    expect(outcome).toEqual({ accepted: 3, applied: 0, missed: false });
    expect([of.nextOffset, offsetsOf(of)]).toEqual([8, [5, 6, 7]]);
    expect(of.records[0]?.headers).toEqual({ plain: 'text', repeated: 'b' });
  });

  test('behind others that are done already', () => {
    const of = partitionAt(5);
    expect(acceptFetched(of, batchOf(3, [3, 4, 5, 6]))).toMatchObject({ accepted: 2, applied: 2 });
    expect(offsetsOf(of)).toEqual([5, 6]);
  });

  test('over a hole of the log itself', () => {
    const of = partitionAt(5);
    expect(acceptFetched(of, batchOf(5, [8, 9]))).toMatchObject({ accepted: 2, missed: false });
  });

  test('from anywhere when nobody had read the partition', () => {
    const of = partitionAt(5, true);
    expect(acceptFetched(of, batchOf(8, [8]))).toMatchObject({ accepted: 1, missed: false });
    expect(acceptFetched(of, batchOf(20, [20]))).toMatchObject({ accepted: 0, missed: true });
  });
});

describe('records are not accepted', () => {
  test('before the position is known', () => {
    expect(acceptFetched(partitionAt(null), batchOf(0, [0]))).toBe('lost');
  });

  test('when kafkajs asked for a later offset than the next one', () => {
    const of = partitionAt(5);
    expect(acceptFetched(of, batchOf(8, [8, 9]))).toEqual({
      accepted: 0,
      applied: 0,
      missed: true,
    });
    expect([of.nextOffset, of.misses, offsetsOf(of)]).toEqual([5, 1, []]);
  });

  test('twice', () => {
    const of = partitionAt(5);
    acceptFetched(of, batchOf(5, [5, 6]));
    expect(acceptFetched(of, batchOf(5, [5, 6]))).toMatchObject({ accepted: 0, applied: 2 });
  });

  test('when the log ends before the position: it is another log', () => {
    const of = partitionAt(500);
    expect(acceptFetched(of, batchOf(0, [0, 1], 2))).toMatchObject({ applied: 2, missed: true });
  });
});
