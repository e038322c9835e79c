import type { WireAdmin } from './admin.ts';
import type { Position, Positions } from './record.ts';

/** Where one partition goes on. `anywhere`: nobody had read it, so no record can be missing. */
export type Start = Position & { readonly anywhere: boolean };

type Bounds = Awaited<ReturnType<WireAdmin['offsets']>>;

export type StartPositions = {
  of(wanted: readonly { topic: string; partition: number }[]): Promise<Start[]>;
  /** Records what this process has done, which Kafka may learn later or never. */
  remember(position: Position): void;
};

/**
 * Three sources, one answer: the database's positions when there is a function for them; the end of
 * the log for `latest`; else the group's offsets in Kafka. An unknown partition begins at the
 * earliest record. All offsets are explicit, so that kafkajs has nothing to guess.
 */
export function createStartPositions(options: {
  admin: Pick<WireAdmin, 'offsets' | 'committed'>;
  group: string;
  positions: Positions | undefined;
  startAt: 'earliest' | 'latest';
}): StartPositions {
  const { admin, group, positions, startAt } = options;
  const remembered = new Map<string, number>();

  async function known(topic: string, partitions: readonly number[]) {
    if (positions !== undefined) return positions(topic, partitions);
    const result = new Map(startAt === 'latest' ? [] : await admin.committed(group, topic));
    for (const partition of partitions) {
      const own = remembered.get(`${topic}/${partition}`);
      if (own !== undefined) result.set(partition, Math.max(own, result.get(partition) ?? 0));
    }
    return result;
  }

  async function ofTopic(topic: string, partitions: readonly number[]): Promise<Start[]> {
    const offsets = await known(topic, partitions);
    const unknown = partitions.filter((partition) => !offsets.has(partition));
    const bounds: Bounds = unknown.length === 0 ? new Map() : await admin.offsets(topic);
    return partitions.map((partition) => {
      const nextOffset = offsets.get(partition);
      if (nextOffset !== undefined) return { topic, partition, nextOffset, anywhere: false };
      const bound = bounds.get(partition) ?? { low: 0, high: 0 };
      const start = startAt === 'latest' ? bound.high : bound.low;
      return { topic, partition, nextOffset: start, anywhere: true };
    });
  }

  return {
    async of(wanted) {
      const byTopic = Map.groupBy(wanted, ({ topic }) => topic);
      const starts = await Promise.all(
        [...byTopic].map(([topic, of]) =>
          ofTopic(
            topic,
            of.map(({ partition }) => partition),
          ),
        ),
      );
      return starts.flat();
    },
    remember({ topic, partition, nextOffset }) {
      const key = `${topic}/${partition}`;
      remembered.set(key, Math.max(nextOffset, remembered.get(key) ?? 0));
    },
  };
}
