import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createKafkaFactory } from './kafka-client.ts';
import type { InboundRecord } from './record.ts';
import { createTestWire, type TestWire } from './testing/test-wire.ts';
import { topics } from './topics.ts';

const topic = topics.walletEvents.name;
/** More than one fetch of a partition brings (256 KiB). */
const records = 4_000;
const valueBytes = 500;

let tested: TestWire;

beforeAll(async () => {
  tested = await createTestWire('replay');
  await write(0, records);
});
afterAll(() => tested?.close());

async function write(from: number, until: number): Promise<void> {
  const publisher = tested.wire.createPublisher();
  const numbers = Array.from({ length: until - from }, (_, index) => from + index);
  await publisher.publishAll(
    numbers.map((number) => {
      const value = Buffer.alloc(valueBytes);
      value.writeUInt32BE(number);
      return { topic, key: String(number), value, headers: { number: String(number) } };
    }),
  );
  await publisher.close();
}

async function read(
  options: Partial<Parameters<TestWire['wire']['replay']>[0]> = {},
): Promise<InboundRecord[]> {
  const found: InboundRecord[] = [];
  for await (const batch of tested.wire.replay({ topic, ...options })) found.push(...batch);
  return found;
}

const numberOf = ({ value }: InboundRecord): number => value?.readUInt32BE() ?? -1;

test('gives each record once, whole, and every partition in its order', async () => {
  const found = await read();
  expect(found.map(numberOf).sort((a, b) => a - b)).toEqual([...Array(records).keys()]);
  const next = new Map<number, number>();
  for (const record of found) {
    expect(record.offset).toBe(next.get(record.partition) ?? 0);
    next.set(record.partition, record.offset + 1);
    expect(record).toMatchObject({ topic, key: String(numberOf(record)) });
    expect(record.headers).toEqual({ number: String(numberOf(record)) });
  }
});

test('goes on where it was left, and ends at what was there when it was called', async () => {
  const positions = new Map<number, number>();
  const first: number[] = [];
  for await (const batch of tested.wire.replay({ topic })) {
    for (const record of batch) {
      first.push(numberOf(record));
      positions.set(record.partition, record.offset + 1);
    }
    break;
  }
  expect(first.length).toBeLessThan(records);
  const rest: number[] = [];
  let more = 0;
  for await (const batch of tested.wire.replay({ topic, positions })) {
    // Whoever is slow, and writes to the topic meanwhile, sees no more than there was.
    if (more++ === 0) await write(records, records + 50);
    rest.push(...batch.map(numberOf));
  }
  expect([...first, ...rest].sort((a, b) => a - b)).toEqual([...Array(records).keys()]);
});

test('keeps to its time', async () => {
  const found = await read();
  const lateMs = Math.max(...found.map(({ timestampMs }) => timestampMs));
  const late = found.filter(({ timestampMs }) => timestampMs >= lateMs);
  const key = ({ partition, offset }: InboundRecord): string => `${partition}/${offset}`;
  const places = (of: InboundRecord[]): string[] => of.map(key).sort();
  expect(places(await read({ fromMs: lateMs }))).toEqual(places(late));
  const early = found.filter((record) => !late.includes(record));
  expect(places(await read({ untilMs: lateMs }))).toEqual(places(early));
  expect(await read({ fromMs: lateMs + 60_000 })).toEqual([]);
});

test('leaves no group behind', async () => {
  await read();
  const newKafka = createKafkaFactory({ ...tested, clientId: 'test-groups' });
  const admin = newKafka({ requestTimeoutMs: 10_000, retry: { retries: 3 } }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  expect(groups.filter(({ groupId }) => groupId.startsWith(tested.topicPrefix))).toEqual([]);
});
