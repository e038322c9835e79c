import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { openMergedLog, type Entry, type Offsets } from './merged-log.ts';

const [intents, events] = [topics.paymentIntents.name, topics.paymentEvents.name];
/** More than is read ahead of one partition, and more than waits in a subscription. */
const busy = 6_000;

let bench: TestWire;
beforeAll(async () => {
  bench = await createTestWire('merged-log');
  // One partition holds nearly everything; the others a record now and then, over the same time.
  const crowd = Array.from({ length: busy }, (_, at) => ({ topic: intents, partition: 0, at }));
  const others = Array.from({ length: 60 }, (_, index) => ({
    ...{ topic: index % 2 === 0 ? intents : events, partition: 1 + (index % 3) },
    at: index * 100 + 0.5,
  }));
  await write([...crowd, ...others]);
});
afterAll(() => bench.close());

async function write(records: { topic: string; partition: number; at: number }[]): Promise<void> {
  const publisher = bench.wire.createPublisher();
  await publisher.publishAll(
    records.map(({ topic, partition, at }) => ({
      ...{ topic, partition, key: randomUUID(), value: Buffer.from(String(at)) },
    })),
  );
  await publisher.close();
}

function open(ends: Offsets | null = null) {
  return openMergedLog<number>({
    ...{ wire: bench.wire, group: `merged-${randomUUID()}`, topics: [intents, events], ends },
    read: ({ value }) => {
      const at = Number(value?.toString());
      return Number.isNaN(at) ? null : { atMs: at, event: at };
    },
  });
}

async function readAll(log: Awaited<ReturnType<typeof open>>): Promise<Entry<number>[]> {
  const found: Entry<number>[] = [];
  for (;;) {
    const entries = await log.take(700);
    if (entries.length === 0) return found;
    found.push(...entries);
  }
}

test('uneven partitions come as one log in the order of time, each record once', async () => {
  const log = await open();
  const found = await readAll(log);
  expect(found).toHaveLength(busy + 60);
  const times = found.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(
    new Set(found.map((entry) => `${entry.topic}/${entry.partition}/${entry.offset}`)).size,
  ).toBe(found.length);
  expect(log.progress()).toEqual({ passed: busy + 60, all: busy + 60, unreadable: 0 });
  await log.close();
});

test('it ends where it ended when it was opened first, whatever came since', async () => {
  const first = await open();
  const { ends } = first;
  await write([
    { topic: intents, partition: 0, at: 1 },
    { topic: intents, partition: 5, at: 2 },
    { topic: events, partition: 1, at: Number.NaN },
  ]);
  const known = await readAll(first);
  await first.close();
  expect(known).toHaveLength(busy + 60);
  const again = await open(ends);
  const same = await readAll(again);
  await again.close();
  expect(same).toEqual(known);
  const later = await open();
  expect(await readAll(later)).toHaveLength(busy + 62);
  expect(later.progress().unreadable).toBe(1);
  await later.close();
});
