import type { Log } from '@wallet/runtime';
import type { Admin } from 'kafkajs';
import type { KafkaFactory } from './kafka-client.ts';
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

/** Topics by their logical names, groups without prefix. Every call throws when no broker answers. */
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

const REQUEST_TIMEOUT_MS = 5_000;
const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 };

export function createAdmin(options: {
  newKafka: KafkaFactory;
  topicPrefix: string;
  log: Log;
}): WireAdmin & { close(): Promise<void> } {
  const { newKafka, topicPrefix, log } = options;
  const history = createOffsetHistory();
  let current: Promise<Admin> | null = null;

  async function connect(): Promise<Admin> {
    const admin = newKafka({ requestTimeoutMs: REQUEST_TIMEOUT_MS, retry: RETRY }).admin();
    await admin.connect();
    return admin;
  }

  /** Runs `ask` on the one connection; after a failure the next call makes a new one. */
  async function withAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    current ??= connect();
    const mine = current;
    try {
      return await ask(await mine);
    } catch (error) {
      if (current === mine) current = null;
      mine
        .then(
          (admin) => admin.disconnect(),
          () => undefined,
        )
        .catch((err: unknown) => log.debug({ err }, 'an admin client did not close cleanly'));
      throw error;
    }
  }

  const physical = (topic: string) => `${topicPrefix}${topic}`;

  const offsets = (topic: string) =>
    withAdmin(async (admin) => {
      const rows = await admin.fetchTopicOffsets(physical(topic));
      return new Map(
        rows.map(({ partition, low, high }) => [
          partition,
          { low: Number(low), high: Number(high) },
        ]),
      );
    });

  const committed = (group: string, topic: string) =>
    withAdmin(async (admin) => {
      const [row] = await admin.fetchOffsets({
        groupId: `${topicPrefix}${group}`,
        topics: [physical(topic)],
      });
      const known = (row?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
      return new Map(known.map(({ partition, offset }) => [partition, Number(offset)]));
    });

  return {
    async describe() {
      return withAdmin(async (admin) => {
        const cluster = await admin.describeCluster();
        const all = await admin.listTopics();
        const mine = all.filter((name) => name.startsWith(topicPrefix) && !name.startsWith('__'));
        const metadata = await admin.fetchTopicMetadata({ topics: mine });
        return {
          brokers: cluster.brokers.map(({ nodeId, host, port }) => ({
            id: nodeId,
            address: `${host}:${port}`,
          })),
          controller: cluster.controller,
          topics: metadata.topics.map(({ name, partitions }) => ({
            topic: name.slice(topicPrefix.length),
            partitions: partitions.map(({ partitionId, leader, replicas, isr }) => ({
              partition: partitionId,
              leader,
              replicas,
              inSyncReplicas: isr,
            })),
          })),
        };
      });
    },
    offsets,
    async endOffsets(topic) {
      return new Map([...(await offsets(topic))].map(([partition, { high }]) => [partition, high]));
    },
    committed,
    async lag({ group, topics, positions }) {
      const rows: PartitionLag[] = [];
      for (const topic of topics) {
        const bounds = await offsets(topic);
        const done = positions
          ? await positions(topic, [...bounds.keys()])
          : await committed(group, topic);
        for (const [partition, { low, high }] of bounds) {
          const committedOffset = done.get(partition) ?? null;
          const next = Math.max(committedOffset ?? low, low);
          const lag = Math.max(0, high - next);
          const behindMs = history.behindMs(`${topic}/${partition}`, { high, next });
          const startOffset = low;
          const endOffset = high;
          rows.push({
            ...{ group, topic, partition, committedOffset },
            ...{ startOffset, endOffset, lag, behindMs },
          });
        }
      }
      return rows;
    },
    async close() {
      const last = current;
      current = null;
      await last?.then(
        (admin) => admin.disconnect(),
        () => undefined, // it never connected; the call that asked for it has said so
      );
    },
  };
}
