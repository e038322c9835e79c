import type { Queryable } from '../database/database.ts';
import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';

/** One partition moves from the offset its consumer knew to the one after its batch. */
export type OffsetMove = { topic: string; partition: number; from: number; to: number };

/**
 * Where a consumer group stands, by partition; partitions never seen before stand at 0.
 * This, not what the broker keeps, is the truth.
 */
export async function readOffsets(
  db: Queryable,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  await db.raw(
    `insert into consumer_offset (consumer_group, topic, partition, next_offset)
     select ?, ?, p, 0 from unnest(?::int[]) as p on conflict do nothing`,
    [group, topic, [...partitions]],
  );
  const found = await db.raw<{ rows: { partition: number; next_offset: string }[] }>(
    `select partition, next_offset from consumer_offset
     where consumer_group = ? and topic = ? and partition = any(?::int[])`,
    [group, topic, [...partitions]],
  );
  return new Map(found.rows.map((row) => [row.partition, Number(row.next_offset)]));
}

/**
 * Moves offsets inside the transaction of the effects, only from where the consumer believes they
 * are. Fewer rows touched than moves given: someone else has moved them, the consumer is a zombie.
 */
export function createOffsetWriter(): { advance(group: string, moves: OffsetMove[]): Statement } {
  const offsets = createBatchStatement({
    name: 'advance_offsets',
    text: `update consumer_offset c set next_offset = r.next_offset
      from $rows as r (topic, partition, expected, next_offset)
      where c.consumer_group = $1::text and c.topic = r.topic and c.partition = r.partition
        and c.next_offset = r.expected`,
    columns: { topic: 'text', partition: 'int4', expected: 'int8', next_offset: 'int8' },
    leading: 1,
  });
  return {
    advance(group, moves) {
      offsets.reset();
      for (const { topic, partition, from, to } of moves) {
        offsets.columns.topic.add(topic);
        offsets.columns.partition.add(partition);
        offsets.columns.expected.add(BigInt(from));
        offsets.columns.next_offset.add(BigInt(to));
      }
      return offsets.statement(group);
    },
  };
}
