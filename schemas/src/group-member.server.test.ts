import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Batch } from 'kafkajs';
import { createGroupMember, type GroupMember, type TopicPartition } from './group-member.ts';
import { createKafkaFactory } from './kafka-client.ts';
import type { InboundRecord } from './record.ts';
import type { Subscription } from './subscription.ts';
import { createTestWire, type TestWire } from './testing/test-wire.ts';
import { waitUntil } from './testing/wait-until.ts';
import { topics } from './topics.ts';

const PARTITIONS = 8;
const TRANSACTION_MS = 3;
let shared: TestWire;

beforeAll(async () => {
  shared = await createTestWire('member');
});
afterAll(() => shared?.close());

async function put(topic: string, number: number): Promise<void> {
  const publisher = shared.wire.createPublisher({ maxQueueRecords: number });
  const records = Array.from({ length: number }, (_, at) => ({
    ...{ topic, key: `key-${at}`, partition: at % PARTITIONS },
    value: Buffer.from(String(at)),
  }));
  await publisher.publishAll(records);
  await publisher.close();
}

/** What a database would keep: next offsets that move only from where a batch begins. */
function createBook() {
  const next = new Map<number, number>();
  const applied: string[] = [];
  return {
    applied,
    positions: async (_: string, partitions: readonly number[]) =>
      new Map(
        partitions.flatMap((partition) => {
          const offset = next.get(partition);
          return offset === undefined ? [] : [[partition, offset] as const];
        }),
      ),
    /** Applies the whole batch, or nothing when another member has moved a partition on. */
    apply(records: readonly InboundRecord[]): boolean {
      const moved = new Map<number, number>();
      for (const { partition, offset } of records) {
        if (offset !== (moved.get(partition) ?? next.get(partition) ?? 0)) return false;
        moved.set(partition, offset + 1);
      }
      for (const [partition, offset] of moved) next.set(partition, offset);
      for (const { partition, offset } of records) applied.push(`${partition}/${offset}`);
      return true;
    },
  };
}

/** A processor whose transactions take a few milliseconds, as real ones do. */
async function work(subscription: Subscription, book: ReturnType<typeof createBook>) {
  for (;;) {
    const batch = await subscription.take(40);
    if (batch === null) return;
    await sleep(TRANSACTION_MS);
    if (!book.apply(batch.records)) await subscription.reset();
  }
}

test('members that come and go lose nothing and apply nothing twice', async () => {
  const topic = topics.paymentIntents.name;
  const group = 'crowd';
  const book = createBook();
  const options = { group, topics: [topic], positions: book.positions };
  const members = Array.from({ length: 3 }, () => shared.wire.createSubscription(options));
  const [first, second, third] = members;
  if (!first || !second || !third) throw new Error('there are three members');
  const loops = members.map((member) => work(member, book));
  let written = 0;
  let flowing = true;
  const flow = (async () => {
    for (; flowing; written += 200) await put(topic, 200);
  })();
  const assignments = async (number: number) => {
    const name = 'wallet_subscription_generations_total';
    await waitUntil(
      async () => ((await shared.metrics.read(name, { group })) ?? 0) >= number,
      `assignment number ${number}`,
    );
    const before = book.applied.length;
    await waitUntil(() => book.applied.length > before + 500, 'work after the assignment');
  };
  first.start();
  await assignments(1);
  second.start();
  await assignments(3); // the first member's second, and the second's first
  third.start();
  await assignments(6);
  await first.close();
  await assignments(8);
  flowing = false;
  await flow;
  await waitUntil(() => book.applied.length >= written, 'every record', 40_000);
  await Promise.all([second.close(), third.close()]);
  await Promise.all(loops);
  expect(book.applied.length).toBe(written);
  expect(new Set(book.applied).size).toBe(written);
});

test('a batch that takes longer than the session does not cost the membership', async () => {
  const topic = topics.walletEvents.name;
  const group = 'slow';
  const sessionTimeoutMs = 6_000; // the least the broker allows
  await put(topic, 100);
  const subscription = shared.wire.createSubscription({ group, topics: [topic], sessionTimeoutMs });
  subscription.start();
  await subscription.take(10);
  const untilMs = performance.now() + sessionTimeoutMs + 2_000;
  await waitUntil(() => performance.now() > untilMs, 'the slow transaction');
  await put(topic, 8);
  const rest: InboundRecord[] = [];
  while (rest.length < 98) rest.push(...((await subscription.take(100))?.records ?? []));
  const generations = 'wallet_subscription_generations_total';
  expect(await shared.metrics.read(generations, { group })).toBe(1);
  await subscription.close();
});

describe('a member of a group', () => {
  let mine: GroupMember;
  afterEach(() => mine?.close());
  type Seen = { assigned: TopicPartition[][]; batches: Batch[]; problems: (string | null)[] };

  function member(group: string, fetched: (batch: Batch) => void, seen: Seen): GroupMember {
    return createGroupMember({
      newKafka: createKafkaFactory({ ...shared, clientId: 'test-member' }),
      settings: {
        ...{ group: shared.topicPrefix + group, minBytes: 1, maxWaitMs: 100 },
        ...{ maxBytesPerPartition: 65_536, sessionTimeoutMs: 6_000, stallMs: 5_000 },
        topics: [shared.topicPrefix + topics.paymentEvents.name],
      },
      events: {
        joined: (assigned) => void seen.assigned.push([...assigned]),
        lost() {
          seen.problems.push(mine.problem());
          seen.batches.length = 0;
        },
        fetched,
      },
      log: shared.log,
    });
  }

  test('comes back after a crash that kafkajs does not come back from', async () => {
    await put(topics.paymentEvents.name, 8);
    const seen: Seen = { assigned: [], batches: [], problems: [] };
    let crashes = 1;
    const fetched = (batch: Batch) => {
      // An error of this kind makes kafkajs leave the group for good.
      if (crashes-- > 0) throw new TypeError('a mistake in the handler');
      seen.batches.push(batch);
    };
    mine = member('crash', fetched, seen);
    mine.start();
    const partitionsSeen = () => new Set(seen.batches.map(({ partition }) => partition));
    await waitUntil(() => partitionsSeen().size === PARTITIONS, 'every record after the crash');
    expect(seen.assigned.length).toBe(2);
    expect(seen.problems).toEqual([expect.stringContaining('a mistake in the handler')]);
    expect(mine.problem()).toBeNull();
  });
});
