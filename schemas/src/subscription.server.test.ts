import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createKafkaFactory } from './kafka-client.ts';
import type { InboundRecord, Position } from './record.ts';
import type { Subscription, SubscriptionOptions } from './subscription.ts';
import { createTestWire, type TestWire } from './testing/test-wire.ts';
import { waitUntil } from './testing/wait-until.ts';
import type { Admin } from 'kafkajs';
import type { Publisher } from './publisher.ts';

let admin: Admin;
let shared: TestWire;
let publisher: Publisher;
let count = 0;
const open = new Set<Subscription>();

beforeAll(async () => {
  shared = await createTestWire('subscription');
  publisher = shared.wire.createPublisher();
  const newKafka = createKafkaFactory({ ...shared, clientId: 'test-subscription' });
  admin = newKafka({ requestTimeoutMs: 10_000, retry: { retries: 5 } }).admin();
  await admin.connect();
});
afterEach(async () => {
  await Promise.all([...open].map((subscription) => subscription.close()));
  open.clear();
});
afterAll(async () => {
  await admin?.disconnect();
  await publisher?.close();
  await shared?.close();
});

/** A topic of two partitions and a group that no other test of this file has. */
async function fresh(): Promise<{ topic: string; group: string }> {
  const topic = `topic-${(count += 1)}`;
  const name = shared.topicPrefix + topic;
  await admin.createTopics({ topics: [{ topic: name, numPartitions: 2 }], waitForLeaders: false });
  const isLed = () =>
    admin.fetchTopicOffsets(name).then(
      () => true,
      () => false,
    );
  await waitUntil(isLed, `leaders of ${topic}`);
  return { topic, group: `group-${count}` };
}

function subscribe(options: Omit<SubscriptionOptions, 'topics'> & { topic: string }): Subscription {
  const { topic, ...rest } = options;
  const subscription = shared.wire.createSubscription({ topics: [topic], stallMs: 2_000, ...rest });
  open.add(subscription);
  subscription.start();
  return subscription;
}

/** Writes `number` records of 200 bytes into one partition. */
async function put(topic: string, partition: number, number: number): Promise<void> {
  const record = { topic, partition, key: `key-${partition}`, value: Buffer.alloc(200) };
  await publisher.publishAll(Array.from({ length: number }, () => record));
}

async function takeAll(subscription: Subscription, wanted: number): Promise<InboundRecord[]> {
  const taken: InboundRecord[] = [];
  while (taken.length < wanted) {
    const batch = await subscription.take(500);
    if (batch === null) break;
    taken.push(...batch.records);
  }
  return taken;
}

const offsetsOf = (records: readonly InboundRecord[], wanted = 0) =>
  records.filter(({ partition }) => partition === wanted).map(({ offset }) => offset);
const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, at) => from + at);

describe('where reading begins', () => {
  test('at the positions of the database, whatever Kafka remembers', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 10);
    await put(topic, 1, 10);
    const first = subscribe({ topic, group });
    await takeAll(first, 20);
    first.commit([{ topic, partition: 0, nextOffset: 10 }]);
    await first.close();
    const positions = async () => new Map([[0, 4]]);
    const records = await takeAll(subscribe({ topic, group, positions }), 16);
    expect([offsetsOf(records, 0), offsetsOf(records, 1)]).toEqual([upTo(10, 4), upTo(10)]);
  });

  test('without positions at the offsets told to Kafka, else at the earliest', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 10);
    const first = subscribe({ topic, group });
    expect(offsetsOf(await takeAll(first, 10))).toEqual(upTo(10));
    first.commit([
      { topic, partition: 0, nextOffset: 7 },
      { topic, partition: 0, nextOffset: 6 },
    ]);
    await waitUntil(
      async () => (await shared.wire.admin.committed(group, topic)).get(0) === 7,
      'the offset in Kafka',
    );
    await first.close();
    expect(offsetsOf(await takeAll(subscribe({ topic, group }), 3))).toEqual([7, 8, 9]);
    const [row] = await shared.wire.admin.lag({ group, topics: [topic] });
    expect(row).toMatchObject({ partition: 0, committedOffset: 7, endOffset: 10, lag: 3 });
  });

  test('for `latest` at the end, and after that without a gap', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 10);
    const subscription = subscribe({ topic, group, startAt: 'latest' });
    const taking = subscription.take(100);
    let isOver = false;
    const seen = taking.then((batch) => {
      isOver = true;
      return offsetsOf(batch?.records ?? []);
    });
    // The end is read some time after the start; what is written before that is not seen.
    for (let written = 0; !isOver && written < 1_000; written += 1) await put(topic, 0, 1);
    const offsets = await seen;
    expect(offsets[0]).toBeGreaterThanOrEqual(10);
    await subscription.reset();
    await put(topic, 0, 1);
    const next = (offsets.at(-1) ?? 0) + 1;
    expect(offsetsOf(await takeAll(subscription, 1))[0]).toBe(next);
  });

  test('again at the positions after a reset', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 100);
    let next = 0;
    const positions = async () => new Map([[0, next]]);
    const subscription = subscribe({ topic, group, positions });
    expect(offsetsOf((await subscription.take(30))?.records ?? [])).toEqual(upTo(30));
    next = 10;
    await subscription.reset();
    expect(offsetsOf(await takeAll(subscription, 90))).toEqual(upTo(100, 10));
  });

  test('as soon as the positions can be read', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 5);
    let answers = false;
    const positions = async () => {
      if (!answers) throw new Error('the database is away');
      return new Map([[0, 2]]);
    };
    const subscription = subscribe({ topic, group, positions });
    await waitUntil(() => subscription.problem() !== null, 'a problem about the positions');
    answers = true;
    expect(offsetsOf(await takeAll(subscription, 3))).toEqual([2, 3, 4]);
    expect(subscription.problem()).toBeNull();
  });
});

describe('records that are not where they must be', () => {
  test('deleted ones: nothing later is taken, and the problem is told', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 20);
    await deleteBefore(topic, 0, 10);
    const positions = async () => new Map([[0, 5]]);
    const subscription = subscribe({ topic, group, positions });
    await waitUntil(() => subscription.problem() !== null, 'the problem');
    expect(subscription.problem()).toContain(`${topic}[0] goes on at 5`);
    expect(subscription.upcoming(1)).toEqual([]);
  });

  test('another log with fewer records: nothing of it is taken', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 20);
    await put(topic, 1, 5);
    const positions = async () => new Map([[0, 500]]);
    const subscription = subscribe({ topic, group, positions });
    expect(offsetsOf(await takeAll(subscription, 5), 1)).toEqual(upTo(5));
    await waitUntil(() => subscription.problem() !== null, 'the problem');
    expect(subscription.problem()).toContain('was it replaced?');
  });

  test('a partition nobody has read begins at its first record, wherever that is', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 20);
    await deleteBefore(topic, 0, 10);
    const positions = async () => new Map<number, number>();
    const records = await takeAll(subscribe({ topic, group, positions }), 10);
    expect(offsetsOf(records)).toEqual(upTo(20, 10));
  });
});

const queued = (subscription: Subscription): number => subscription.upcoming(10_000).length;

describe('queues', () => {
  test('are bounded, and a full partition does not stop the others', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 6_000);
    const limits = { highWater: 50, lowWater: 10 };
    const subscription = subscribe({ topic, group, ...limits });
    await waitUntil(async () => (await pauses(group)) > 0, 'the first pause');
    const depth = queued(subscription);
    expect(depth).toBeLessThan(2_000); // one fetch more than the limit
    // Nothing was taken of partition 0, so only partition 1 can bring this one.
    await put(topic, 1, 1);
    await waitUntil(() => queued(subscription) === depth + 1, 'the record of partition 1');
    const records = await takeAll(subscription, 6_001);
    expect(offsetsOf(records, 0)).toEqual(upTo(6_000));
  });

  test('a loop that does not finish its batch is a problem', async () => {
    const { topic, group } = await fresh();
    await put(topic, 0, 1);
    const subscription = subscribe({ topic, group });
    await subscription.take(1);
    await waitUntil(() => subscription.problem() !== null, 'the problem');
    expect(subscription.problem()).toContain('has not finished a batch');
    void subscription.take(1);
    expect(subscription.problem()).toBeNull();
  });
});

test('stop ends the waiting, close leaves the group at once', async () => {
  const { topic, group } = await fresh();
  await put(topic, 0, 3);
  const first = subscribe({ topic, group });
  const records = await takeAll(first, 3);
  const waiting = first.take(1);
  await first.stop();
  expect(await waiting).toBeNull();
  first.commit(toPositions(records));
  await first.close();
  expect((await shared.wire.admin.committed(group, topic)).get(0)).toBe(3);
  const startMs = performance.now();
  const second = subscribe({ topic, group });
  await put(topic, 0, 1);
  expect(offsetsOf(await takeAll(second, 1))).toEqual([3]);
  // A member that had not left would be waited for until its session ends (6 s).
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

function toPositions(records: readonly InboundRecord[]): Position[] {
  return records.map(({ topic, partition, offset }) => ({
    ...{ topic, partition, nextOffset: offset + 1 },
  }));
}

async function pauses(group: string): Promise<number> {
  return (await shared.metrics.read('wallet_subscription_pauses_total', { group })) ?? 0;
}

async function deleteBefore(topic: string, partition: number, offset: number): Promise<void> {
  const name = shared.topicPrefix + topic;
  await admin.fetchTopicOffsets(name); // kafkajs knows no topic it was not asked about
  await admin.deleteTopicRecords({ topic: name, partitions: [{ partition, offset: `${offset}` }] });
}
