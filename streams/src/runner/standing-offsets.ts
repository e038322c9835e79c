import { readOffsets, type Database, type OffsetMove } from '@wallet/core-ledger';
import type { InboundRecord, Positions } from '@wallet/schemas';

/**
 * What a consumer group of ours believes about its rows of `consumer_offset`: read when partitions
 * are assigned, moved with each batch. The database refuses a move from anywhere else, so that a
 * member which lost its partitions without noticing cannot apply a batch.
 */
export type StandingOffsets = {
  /** For the subscription: reads the rows of newly assigned partitions. */
  positions: Positions;
  /** Was the record's batch committed before? Then it is not to be handled again. */
  isDone(record: InboundRecord): boolean;
  /** The moves that a batch asks for. */
  moves(records: readonly InboundRecord[]): OffsetMove[];
  /** The batch is committed: the next one starts from here. */
  moved(moves: readonly OffsetMove[]): void;
};

export function createStandingOffsets(db: Database, group: string): StandingOffsets {
  const standing = new Map<string, number>();
  const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
  return {
    async positions(topic, partitions) {
      const found = await readOffsets(db.knex, group, topic, partitions);
      for (const [partition, offset] of found) standing.set(keyOf(topic, partition), offset);
      return found;
    },
    isDone: ({ topic, partition, offset }) => offset < (standing.get(keyOf(topic, partition)) ?? 0),
    moves(records) {
      const moves = new Map<string, OffsetMove>();
      for (const { topic, partition, offset } of records) {
        const key = keyOf(topic, partition);
        const from = standing.get(key) ?? 0;
        moves.set(key, { topic, partition, from, to: offset + 1 });
      }
      return [...moves.values()];
    },
    moved(moves) {
      for (const { topic, partition, to } of moves) standing.set(keyOf(topic, partition), to);
    },
  };
}
