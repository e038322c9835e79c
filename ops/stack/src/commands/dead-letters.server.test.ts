import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { deadLetterTopicOf, topics } from '@wallet/schemas';
import { createTestWire, readTopic, type TestWire } from '@wallet/schemas/testing';
import { deadLettersCommand } from './dead-letters.ts';

const topic = topics.walletEvents.name;
const partition = 3;

let wired: TestWire;
let database: TestDatabase;
let good: Buffer;

/** One that its topic's processor could use today, and one that nobody ever can. */
beforeAll(async () => {
  [wired, database] = await Promise.all([createTestWire('letters'), createTestDatabase()]);
  good = wired.wire.codec.encode(topics.walletEvents, {
    event_id: 'e',
    type: 'top_up.succeeded',
    object_id: 'o',
    noun: 'top_up',
    noun_id: 'o',
    wallet_id: 'w',
    owner_id: 'u',
    amount_minor: 9_007_199_254_740_993n,
    currency: 'USD',
    failure_code: null,
    occurred_at: 0,
  });
  const publisher = wired.wire.createPublisher();
  const letter = (value: Buffer, reason: string, offset: number) => ({
    ...{ topic: deadLetterTopicOf(topic), partition, key: 'o', value },
    headers: {
      traceparent: 'kept',
      'dead-letter-topic': topic,
      'dead-letter-partition': String(partition),
      'dead-letter-offset': String(offset),
      'dead-letter-reason': reason,
      'dead-letter-detail': 'why so',
      'dead-letter-attempts': '2',
    },
  });
  await publisher.publish(letter(good, 'broken_invariant', 7));
  await publisher.publish(letter(Buffer.from('nonsense'), 'not_framed', 8));
  await publisher.close();
});
afterAll(async () => {
  await wired?.close();
  await database?.drop();
});

async function run(...args: string[]): Promise<[number, string]> {
  const said: string[] = [];
  const environment = {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: wired.brokers.join(','),
    SCHEMA_REGISTRY_URL: wired.registryUrl,
    KAFKA_TOPIC_PREFIX: wired.topicPrefix,
  };
  const print = (line: string): void => void said.push(line);
  const code = await deadLettersCommand(args, { environment, print });
  return [code, said.join('\n')];
}

const redriven = () => readTopic({ ...wired, topic });
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('what is set aside is listed, shown, sent again once, or dismissed', async () => {
  const [found, all] = await run('list');
  expect([found, lines(all)]).toEqual([
    1,
    [
      expect.stringMatching(/^wallet-events\/3\/1 .* not_framed .* why so$/),
      expect.stringMatching(/^wallet-events\/3\/0 .* broken_invariant .* why so$/),
    ],
  ]);
  const [, one] = await run('list', '--topic', topic, '--reason', 'not_framed');
  expect(lines(one)).toHaveLength(1);

  const [, shown] = await run('show', 'wallet-events/3/0');
  expect(shown).toMatch(/traceparent: kept[^]*amount_minor: 9007199254740993n/);
  expect(await run('show', 'wallet-events/3/1')).toEqual([
    0,
    expect.stringMatching(/cannot be read[^]*6e6f6e73656e7365/),
  ]);

  const [wouldKeep, plan] = await run('redrive', '--topic', topic, '--dry-run');
  expect([wouldKeep, plan]).toEqual([1, expect.stringMatching(/1 of 2 would be redriven$/)]);
  expect(await redriven()).toEqual([]);

  expect(await run('redrive', '--topic', topic)).toEqual([
    1,
    expect.stringMatching(/1 of 2 were redriven$/),
  ]);
  expect(await redriven()).toEqual([
    expect.objectContaining({
      ...{ partition, key: 'o', value: good },
      headers: { traceparent: 'kept', 'redriven-from': 'wallet-events/3/0' },
    }),
  ]);
  expect(await run('redrive', 'wallet-events/3/0')).toEqual([
    1,
    expect.stringMatching(/^there is no open dead letter wallet-events\/3\/0\n/),
  ]);
  expect(await redriven()).toHaveLength(1);

  expect(await run('dismiss', 'wallet-events/3/1', '--because', 'a test of ours')).toEqual([
    0,
    expect.stringMatching(/1 of 1 were dismissed$/),
  ]);
  expect(await run('list')).toEqual([0, 'no dead letters']);
  const [, history] = await run('list', '--all');
  expect(lines(history).map((line) => line.slice(line.lastIndexOf('[')))).toEqual([
    '[dismissed]',
    '[redriven]',
  ]);
});

test.each([
  [],
  ['show'],
  ['show', 'wallet-events'],
  ['list', '--topic', 'unheard-of'],
  ['redrive'],
  ['redrive', 'wallet-events/3/0', '--topic', topic],
  ['dismiss', 'wallet-events/3/0'],
  ['list', '--force'],
])('%s %s %s is misuse', async (...args) => {
  expect(await run(...args)).toEqual([2, expect.stringMatching(/^usage: /)]);
});
