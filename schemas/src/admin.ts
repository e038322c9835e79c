import type { AdminConnection } from './admin-connection.ts';
import { createOffsetHistory } from './offset-history.ts';
import type { Positions } from './record.ts';

export type TopicDescription = {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader: number;
    readonly replicas: readonly number[];
    readonly inSyncReplicas: readonly number[];
  }[];
};

export type PartitionLag = {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset of the group; null when it never committed. */
  readonly committedOffset: number | null;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly lag: number;
  /**
   * How long ago the log ended where the group is now, as seen by the calls of this function; 0
   * without a lag. A lower bound until the group has passed the first end that was seen.
   */
  readonly behindMs: number;
};

/**
 * Topics by their logical names, groups without prefix. Every call throws when no broker answers.
 */
export type WireAdmin = {
  describe(): Promise<{
    readonly brokers: readonly { readonly id: number; readonly address: string }[];
    readonly controller: number | null;
    readonly topics: readonly TopicDescription[];
  }>;
  /** First and next offset of each partition. */
  offsets(topic: string): Promise<ReadonlyMap<number, { low: number; high: number }>>;
  endOffsets(topic: string): Promise<ReadonlyMap<number, number>>;
  /** The group's offsets in Kafka; partitions without one are left out. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** @param options.positions the database's positions, exact where Kafka's offsets are hints */
  lag(options: {
    group: string;
    topics: readonly string[];
    positions?: Positions;
  }): Promise<PartitionLag[]>;
};

type Connected = { readonly connection: AdminConnection; readonly topicPrefix: string };

export function createAdmin(to: Connected): WireAdmin {
  const history = createOffsetHistory();
  return {
    describe: () => describe(to),
    offsets: (topic) => offsets(to, topic),
    async endOffsets(topic) {
      const bounds = await offsets(to, topic);
      return new Map([...bounds].map(([partition, { high }]) => [partition, high]));
    },
    committed: (group, topic) => committed(to, group, topic),
    async lag({ group, topics, positions }) {
      const rows: PartitionLag[] = [];
      for (const topic of topics) {
        const bounds = await offsets(to, topic);
        const done = positions
          ? await positions(topic, [...bounds.keys()])
          : await committed(to, group, topic);
        for (const [partition, { low, high }] of bounds) {
          const committedOffset = done.get(partition) ?? null;
          const next = Math.max(committedOffset ?? low, low);
          const behindMs = history.behindMs(`${topic}/${partition}`, { high, next });
          rows.push({
            ...{ group, topic, partition, committedOffset, behindMs },
            ...{ startOffset: low, endOffset: high, lag: Math.max(0, high - next) },
          });
        }
      }
      return rows;
    },
  };
}

function describe({ connection, topicPrefix }: Connected): ReturnType<WireAdmin['describe']> {
  return connection.run(async (admin) => {
    const { brokers, controller } = await admin.describeCluster();
    const names = (await admin.listTopics()).filter(
      (name) => name.startsWith(topicPrefix) && !name.startsWith('__'),
    );
    const metadata = await admin.fetchTopicMetadata({ topics: names });
    return {
      brokers: brokers.map(({ nodeId, host, port }) => ({
        id: nodeId,
        address: `${host}:${port}`,
      })),
      controller,
      topics: metadata.topics.map(({ name, partitions }) => ({
        topic: name.slice(topicPrefix.length),
        partitions: partitions.map(({ partitionId, leader, replicas, isr }) => ({
          ...{ partition: partitionId, leader, replicas, inSyncReplicas: isr },
        })),
      })),
    };
  });
}

async function offsets({ connection, topicPrefix }: Connected, topic: string) {
  const rows = await connection.run((admin) => admin.fetchTopicOffsets(`${topicPrefix}${topic}`));
  return new Map(
    rows
      .sort((a, b) => a.partition - b.partition)
      .map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
  );
}

async function committed({ connection, topicPrefix }: Connected, group: string, topic: string) {
  const [row] = await connection.run((admin) =>
    admin.fetchOffsets({
      groupId: `${topicPrefix}${group}`,
      topics: [`${topicPrefix}${topic}`],
    }),
  );
  const known = (row?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
  return new Map(known.map(({ partition, offset }) => [partition, Number(offset)]));
}
