import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Batch, Consumer, EachBatchPayload } from 'kafkajs';
import type { AdminConnection } from './admin-connection.ts';
import type { KafkaFactory } from './kafka-client.ts';
import type { InboundRecord } from './record.ts';

export type ReplayOptions = {
  /** Logical name. */
  readonly topic: string;
  /** Broker's time, milliseconds since 1970: records before it are left out. */
  readonly fromMs?: number;
  /** The first record of a partition at or after it, and all behind that, are left out. */
  readonly untilMs?: number;
  /** Next offset of partitions that were read before; the others begin at `fromMs`. */
  readonly positions?: ReadonlyMap<number, number>;
};

/** Where each partition goes on, and where it ends; one that has nothing left is not in it. */
type Ranges = Map<number, { next: number; end: number }>;

type Deps = {
  readonly newKafka: KafkaFactory;
  readonly connection: AdminConnection;
  readonly topicPrefix: string;
};

const SETTINGS = { requestTimeoutMs: 10_000, retry: { retries: 8 } };
// Whoever takes a batch may work on it for long; nobody else waits for these partitions.
const SESSION_TIMEOUT_MS = 60_000;
const HEARTBEAT_MS = 5_000;

/**
 * Reads again what a topic holds at the time of the call: batches of one partition, in order, each
 * offset once. The next batch is fetched while the one before is worked on; no more is kept in
 * memory. No live group is touched. Ending the iteration early closes everything.
 * Throws kafkajs's error when no broker answers any more.
 */
export async function* replay(
  deps: Deps,
  options: ReplayOptions,
): AsyncGenerator<readonly InboundRecord[], void, void> {
  const topic = `${deps.topicPrefix}${options.topic}`;
  const ranges = await rangesOf(deps.connection, topic, options);
  if (ranges.size === 0) return;
  const group = `${topic}-replay-${randomUUID()}`;
  const consumer = deps.newKafka(SETTINGS).consumer({
    groupId: group,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: 100,
  });
  // One batch waits in it while another is worked on; the consumer waits for it to be empty.
  const batches = new PassThrough({ objectMode: true, highWaterMark: 1 });
  try {
    await run(consumer, { topic, ranges, batches }, async ({ batch }) => {
      const records = recordsOf(options.topic, batch, ranges);
      const isRoom = records.length === 0 || batches.write(records);
      const range = ranges.get(batch.partition);
      if (range !== undefined && Number(batch.lastOffset()) + 1 >= range.end) {
        ranges.delete(batch.partition);
        consumer.pause([{ topic, partitions: [batch.partition] }]);
      }
      if (ranges.size === 0) batches.end();
      else if (!isRoom) await Promise.race([once(batches, 'drain'), once(batches, 'close')]);
    });
    for await (const records of batches) yield records as InboundRecord[];
  } finally {
    batches.destroy();
    await consumer.disconnect();
    // A broker that still thinks of the member may refuse; an empty group is forgotten by itself.
    await deps.connection.run((admin) => admin.deleteGroups([group])).catch(() => undefined);
  }
}

async function rangesOf(
  connection: AdminConnection,
  topic: string,
  { fromMs, untilMs, positions }: ReplayOptions,
): Promise<Ranges> {
  const bounds = await connection.run((admin) => admin.fetchTopicOffsets(topic));
  const at = async (timeMs: number | undefined): Promise<ReadonlyMap<number, number>> => {
    if (timeMs === undefined) return new Map();
    // A partition without a record that late answers -1, or its end.
    const rows = await connection.run((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
    return new Map(rows.map(({ partition, offset }) => [partition, Number(offset)]));
  };
  const [starts, ends] = [await at(fromMs), await at(untilMs)];
  const ranges: Ranges = new Map();
  for (const { partition, low, high } of bounds) {
    const known = (found: number | undefined, otherwise: string): number =>
      found === undefined || found < 0 ? Number(otherwise) : found;
    const start = known(starts.get(partition), fromMs === undefined ? low : high);
    const next = Math.max(positions?.get(partition) ?? start, Number(low));
    const end = known(ends.get(partition), high);
    if (next < end) ranges.set(partition, { next, end });
  }
  return ranges;
}

async function run(
  consumer: Consumer,
  { topic, ranges, batches }: { topic: string; ranges: Ranges; batches: PassThrough },
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> {
  // A cluster that has just lost a broker may refuse for a while; kafkajs comes back from that.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) batches.destroy(payload.error);
  });
  // Each time it comes back, too: before it has joined there is nobody to tell where to begin.
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [partition, { next }] of ranges) {
      consumer.seek({ topic, partition, offset: String(next) });
    }
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch });
}

/** What is new of a batch; where it was begun at the earliest record again, not all of it is. */
function recordsOf(topic: string, { partition, messages }: Batch, ranges: Ranges): InboundRecord[] {
  const range = ranges.get(partition);
  if (range === undefined) return [];
  const records: InboundRecord[] = [];
  for (const { offset: text, timestamp, key, value, headers } of messages) {
    const offset = Number(text);
    if (offset < range.next || offset >= range.end) continue;
    range.next = offset + 1;
    records.push({
      ...{ topic, partition, offset, value },
      timestampMs: Number(timestamp),
      key: key?.toString() ?? null,
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, content]) => [name, String(content)]),
      ),
    });
  }
  return records;
}
