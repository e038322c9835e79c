import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMetrics } from '@wallet/runtime';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { createKafkaFactory } from './kafka-client.ts';
import { partitionOf } from './partitioner.ts';
import { createPublisher, type PublisherOptions } from './publisher.ts';
import type { OutboundRecord } from './record.ts';
import { readTopic } from './testing/read-topic.ts';
import { createTestWire, type TestWire } from './testing/test-wire.ts';
import { topics } from './topics.ts';

let shared: TestWire;

beforeAll(async () => {
  shared = await createTestWire('publisher');
});
afterAll(() => shared?.close());

const record = (topic: string, key: string, text: string): OutboundRecord => ({
  topic,
  key,
  value: Buffer.from(text),
  headers: { traceparent: `trace of ${text}` },
});

/** A publisher whose brokers nobody runs. */
function publisherToNowhere(options: PublisherOptions) {
  const { log, metrics } = shared;
  const newKafka = createKafkaFactory({ brokers: ['127.0.0.1:9'], clientId: 'test', log });
  return createPublisher({ ...options, newKafka, topicPrefix: '', log, metrics });
}

test('records arrive with key and headers, in the partition and order of their key', async () => {
  const publisher = shared.wire.createPublisher();
  const topic = topics.walletIntents.name;
  const keys = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(
    Array.from({ length: 500 }, (_, at) =>
      publisher.publish(record(topic, keys[at % 5] as string, String(at))),
    ),
  );
  await publisher.close();
  const records = await readTopic({ ...shared, topic });
  expect(records.length).toBe(500);
  for (const key of keys) {
    const mine = records.filter((found) => found.key === key);
    const numbers = mine.map(({ value }) => Number(value?.toString()));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(mine.map(({ partition }) => partition))).toEqual(new Set([partitionOf(key, 8)]));
    expect(mine[0]?.headers).toEqual({ traceparent: `trace of ${numbers[0]}` });
  }
});

test('records that come together share sends, and a gap makes them fewer', async () => {
  const metrics = createMetrics({ role: 'test' });
  const { brokers, topicPrefix, log } = shared;
  const newKafka = createKafkaFactory({ brokers, clientId: 'test', log });
  const publisher = createPublisher({ gapMs: 20, newKafka, topicPrefix, log, metrics });
  const topic = topics.paymentEvents.name;
  await publisher.publishAll(Array.from({ length: 400 }, (_, at) => record(topic, `k${at}`, 'x')));
  await publisher.close();
  expect(await metrics.read('wallet_publisher_sends_total', { result: 'ok' })).toBe(1);
  expect(await metrics.read('wallet_publisher_records_total', { topic })).toBe(400);
});

test('a fixed partition is kept', async () => {
  const publisher = shared.wire.createPublisher();
  const topic = topics.walletEvents.name;
  await publisher.publish({ ...record(topic, 'any', 'here'), partition: 5 });
  await publisher.close();
  expect(await readTopic({ ...shared, topic })).toMatchObject([{ partition: 5, offset: 0 }]);
});

describe('limits', () => {
  test('a record over 1 MiB is refused at once, with all that came with it', async () => {
    const publisher = shared.wire.createPublisher();
    const topic = topics.paymentScored.name;
    const large = { ...record(topic, 'k', ''), value: Buffer.alloc(1024 * 1024) };
    const attempt = publisher.publishAll([record(topic, 'k', 'small'), large]);
    await expect(attempt).rejects.toMatchObject({ code: 'too_large', retriable: false });
    expect(publisher.depth()).toBe(0);
    await publisher.close();
    expect(await readTopic({ ...shared, topic })).toEqual([]);
  });

  test('the largest record that is taken is also written', async () => {
    const publisher = shared.wire.createPublisher();
    const topic = `${topics.paymentScored.name}.dead-letter`;
    const value = Buffer.alloc(1024 * 1024 - 200);
    await Promise.all([1, 2, 3].map(() => publisher.publish({ topic, key: 'same', value })));
    await publisher.close();
    expect((await readTopic({ ...shared, topic })).length).toBe(3);
  });

  test('a full queue refuses at once and takes nothing', async () => {
    const publisher = publisherToNowhere({ maxQueueRecords: 10, deadlineMs: 300 });
    const ten = Array.from({ length: 10 }, () => record('t', 'k', 'x'));
    const first = publisher.publishAll(ten);
    const second = publisher.publish(record('t', 'k', 'x'));
    await expect(second).rejects.toMatchObject({ code: 'overloaded', retriable: true });
    expect(publisher.depth()).toBe(10);
    await expect(first).rejects.toMatchObject({ code: 'deadline' });
    expect(publisher.depth()).toBe(0);
    await publisher.close();
  });

  test('bytes count too', async () => {
    const publisher = publisherToNowhere({ maxQueueBytes: 2_000, deadlineMs: 300 });
    const heavy = { ...record('t', 'k', ''), value: Buffer.alloc(3_000) };
    await expect(publisher.publish(heavy)).rejects.toMatchObject({ code: 'overloaded' });
    await publisher.close();
  });
});

describe('when no broker answers', () => {
  test('a record is given up at its deadline, and not much later', async () => {
    const publisher = publisherToNowhere({ deadlineMs: 500 });
    const startMs = performance.now();
    const attempt = publisher.publish(record('t', 'k', 'x'));
    await expect(attempt).rejects.toMatchObject({ code: 'deadline', retriable: true });
    expect(performance.now() - startMs).toBeLessThan(1_500);
    await publisher.close();
  });

  test('a topic that does not exist is given up too', async () => {
    const publisher = shared.wire.createPublisher({ deadlineMs: 500 });
    const attempt = publisher.publish(record('no-such-topic', 'k', 'x'));
    await expect(attempt).rejects.toMatchObject({ code: 'deadline' });
    await publisher.close();
  });

  test('a closed publisher takes nothing', async () => {
    const publisher = shared.wire.createPublisher();
    await publisher.close();
    const attempt = publisher.publish(record('t', 'k', 'x'));
    await expect(attempt).rejects.toMatchObject({ code: 'closed' });
  });
});

test('an idle connection keeps no timer for pending requests', async () => {
  const seen = new Set<RequestQueue>();
  const original = RequestQueue.prototype.checkPendingRequests;
  RequestQueue.prototype.checkPendingRequests = function (this: RequestQueue) {
    seen.add(this);
    original.call(this);
  };
  const { brokers, log } = shared;
  const newKafka = createKafkaFactory({ brokers, clientId: 'test', log });
  const admin = newKafka({ requestTimeoutMs: 5_000, retry: { retries: 0 } }).admin();
  await admin.connect();
  await admin.listTopics();
  RequestQueue.prototype.checkPendingRequests = original;
  expect(seen.size).toBeGreaterThan(0);
  expect([...seen].map(({ throttleCheckTimeoutId }) => throttleCheckTimeoutId)).toEqual(
    [...seen].map(() => null),
  );
  await admin.disconnect();
});
