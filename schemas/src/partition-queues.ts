import type { InboundRecord } from './record.ts';

export type QueueLimits = {
  /** Records at which one partition is paused, and at which it goes on. */
  readonly highWater: number;
  readonly lowWater: number;
  /** Bytes at which one partition is paused, whatever the number of records. */
  readonly highWaterBytes: number;
};

/** One assigned partition and what was fetched of it and not yet taken. */
export type Partition = {
  readonly topic: string;
  readonly partition: number;
  records: InboundRecord[];
  /** Index of the first record not yet taken; the ones before it are gone when the array is cut. */
  head: number;
  bytes: number;
  /** The offset the next record must have; null until the positions are known. */
  nextOffset: number | null;
  /** Nobody had read this partition, so its first offset is as good as any. */
  startsAnywhere: boolean;
  paused: boolean;
  /** Offset after the last record of the log, as last seen. */
  highWatermark: number;
  /** Times in a row that the broker offered records we must not accept. */
  misses: number;
  missingSinceMs: number | null;
};

export type PartitionQueues = {
  /** Replaces all partitions; what was queued is dropped. Returns how many records that were. */
  assign(assigned: readonly { topic: string; partition: number }[]): number;
  get(topic: string, partition: number): Partition | undefined;
  all(): readonly Partition[];
  /**
   * Up to `max` records, a fair share from each partition, in order within each; only from those
   * that are `wanted`.
   */
  take(max: number, wanted?: (of: Partition) => boolean): InboundRecord[];
  /** Up to `max` of those that `take` may give next; they stay. */
  upcoming(max: number): InboundRecord[];
  depth(): number;
  isFull(partition: Partition): boolean;
  isLow(partition: Partition): boolean;
};

export function createPartitionQueues(limits: QueueLimits): PartitionQueues {
  let partitions: Partition[] = [];
  let byKey = new Map<string, Partition>();
  let first = 0;

  const waiting = (of: Partition) => of.records.length - of.head;

  function takeFrom(of: Partition, count: number, into: InboundRecord[]): void {
    const end = Math.min(of.head + count, of.records.length);
    for (let at = of.head; at < end; at++) {
      const record = of.records[at] as InboundRecord;
      of.bytes -= record.value?.length ?? 0;
      into.push(record);
    }
    of.head = end;
    if (of.head === of.records.length) {
      of.records = [];
      of.head = 0;
    } else if (of.head > limits.highWater) {
      of.records = of.records.slice(of.head); // the taken ones must not be held in memory
      of.head = 0;
    }
  }

  return {
    assign(assigned) {
      const dropped = partitions.reduce((sum, of) => sum + waiting(of), 0);
      partitions = assigned.map(emptyPartition);
      byKey = new Map(partitions.map((of) => [keyOf(of.topic, of.partition), of]));
      first = 0;
      return dropped;
    },
    get: (topic, partition) => byKey.get(keyOf(topic, partition)),
    all: () => partitions,
    take(max, wanted = () => true) {
      const taken: InboundRecord[] = [];
      const start = first++;
      // A partition with a flood gets its share first and what others leave over in the next round.
      for (let left = max; left > 0; left = max - taken.length) {
        const filled = partitions.filter((of) => waiting(of) > 0 && wanted(of));
        if (filled.length === 0) break;
        const share = Math.ceil(left / filled.length);
        for (let turn = 0; turn < filled.length && taken.length < max; turn++) {
          const of = filled[(start + turn) % filled.length] as Partition;
          takeFrom(of, Math.min(share, max - taken.length), taken);
        }
      }
      return taken;
    },
    upcoming(max) {
      const filled = partitions.filter((of) => waiting(of) > 0);
      const share = Math.ceil(max / filled.length);
      return filled.flatMap((of) => of.records.slice(of.head, of.head + share)).slice(0, max);
    },
    depth: () => partitions.reduce((sum, of) => sum + waiting(of), 0),
    isFull: (of) => waiting(of) >= limits.highWater || of.bytes >= limits.highWaterBytes,
    isLow: (of) => waiting(of) <= limits.lowWater && of.bytes <= limits.highWaterBytes / 2,
  };
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

function emptyPartition({ topic, partition }: { topic: string; partition: number }): Partition {
  return {
    topic,
    partition,
    records: [],
    head: 0,
    bytes: 0,
    nextOffset: null,
    startsAnywhere: false,
    paused: false,
    highWatermark: 0,
    misses: 0,
    missingSinceMs: null,
  };
}
