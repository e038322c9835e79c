import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createBookStore,
  createConnection,
  createDatabase,
  createOutboxWriter,
  createRelayStore,
  findWallets,
  openWallets,
  type Connection,
  type Database,
  type OutboxBatch,
} from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { Fault } from '@wallet/runtime';
import type { InboundRecord, Publisher } from '@wallet/schemas';
import { createTestWire, readTopic, type TestWire } from '@wallet/schemas/testing';
import { createRelay, type Relay } from './relay.ts';

const topic = 'payment-events';
let wire: TestWire;
let publisher: Publisher;
let url: string;
let drop: () => Promise<void>;
let db: Database;
let writer: Connection;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  wire = await createTestWire('relay');
  publisher = wire.wire.createPublisher();
});
afterAll(async () => {
  await publisher.close();
  await wire.close();
});
beforeEach(async () => {
  ({ url, drop } = await createTestDatabase());
  db = createDatabase({ url, applicationName: 'test relay' });
  writer = await createConnection({ url, applicationName: 'test writer' });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await writer.close();
  await db.close();
  await drop();
});

async function startRelay(through: Pick<Publisher, 'publishAll'> = publisher, name = 'relay') {
  const connection = await createConnection({ url, applicationName: name });
  const { log, metrics } = wire;
  const relay = createRelay({
    ...{ connection, log, metrics },
    publisher: { ...publisher, publishAll: (records) => through.publishAll(records) },
  });
  relay.start();
  closers.push(async () => {
    await relay.stop();
    await connection.close();
  });
  return relay;
}

/** Commits outbox records in a transaction of their own, as settlement does. */
async function commit(records: { key: string; text: string }[]): Promise<OutboxBatch[]> {
  const outbox = createOutboxWriter();
  for (const { key, text } of records) {
    const headers = { traceparent: '00-1-2-01' };
    const [eventId, payload] = [randomUUID(), Buffer.from(text)];
    outbox.add(topic, { eventId, partition: null, key, payload, headers });
  }
  const transaction = await writer.begin([]);
  return outbox.batchesOf(await transaction.commit(outbox.statements()));
}

const unpublished = async (): Promise<number> =>
  (await db.knex('outbox_batch').whereNull('published_at').select('id')).length;

const waitsForLock = async (name: string): Promise<boolean> =>
  (
    await db
      .knex('pg_stat_activity')
      .where({ application_name: name, wait_event_type: 'Lock' })
      .select('pid')
  ).length === 1;

async function waitFor(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`still not so after 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const allMarked = (): Promise<void> =>
  waitFor('every batch marked as published', async () => (await unpublished()) === 0);

const published = async (keys: string[]): Promise<InboundRecord[]> =>
  (await readTopic({ ...wire, topic })).filter(({ key }) => keys.includes(key ?? ''));
const texts = (records: InboundRecord[]): (string | undefined)[] =>
  records.map(({ value }) => value?.toString());

describe('the relay', () => {
  it('publishes what is handed over and what is in the table, once and in order', async () => {
    const key = randomUUID();
    // Committed before there was a relay: a crash between commit and publish leaves this.
    await commit([{ key, text: '1' }]);
    const relay = await startRelay();
    await waitFor('the lead', () => relay.leads());
    relay.offer(
      await commit([
        { key, text: '2' },
        { key, text: '3' },
      ]),
    );
    // From another process: nobody hands it over.
    await commit([{ key, text: '4' }]);
    await allMarked();
    const records = await published([key]);
    expect(texts(records)).toEqual(['1', '2', '3', '4']);
    expect(records[0]?.headers).toEqual({ traceparent: '00-1-2-01' });
  });

  it('keeps dead letters in the partition of the record they are', async () => {
    const outbox = createOutboxWriter();
    const key = randomUUID();
    const letter = { eventId: randomUUID(), partition: 5, key, payload: Buffer.from('x') };
    outbox.add('payment-scored.dead-letter', { ...letter, headers: { 'dead-letter-reason': 'y' } });
    await (await writer.begin([])).commit(outbox.statements());
    await startRelay();
    await allMarked();
    const found = await readTopic({ ...wire, topic: 'payment-scored.dead-letter' });
    expect(found.filter((record) => record.key === key)).toMatchObject([
      { partition: 5, headers: { 'dead-letter-reason': 'y' } },
    ]);
  });

  it('tries again what could not be published; nothing is lost', async () => {
    const key = randomUUID();
    let failures = 2;
    const relay = await startRelay({
      publishAll: (records) => {
        if (records.length === 0 || failures-- <= 0) return publisher.publishAll(records);
        return Promise.reject(new Fault('deadline', 'the broker is away', { retriable: true }));
      },
    });
    await waitFor('the lead', () => relay.leads());
    relay.offer(await commit([{ key, text: '1' }]));
    relay.offer(await commit([{ key, text: '2' }]));
    await allMarked();
    expect(texts(await published([key]))).toEqual(['1', '2']);
    expect(failures).toBeLessThanOrEqual(0);
    expect(relay.problem()).toBeNull();
  });

  it('one publishes, the other stands by and takes over from a lost session', async () => {
    const keys = [randomUUID(), randomUUID()];
    const relays: Relay[] = [await startRelay(publisher, 'relay one')];
    await waitFor('the first lead', () => relays[0]?.leads() === true);
    relays.push(await startRelay(publisher, 'relay two'));
    for (const relay of relays) relay.offer(await commit([{ key: keys[0] ?? '', text: 'a' }]));
    await allMarked();
    expect(relays.map((relay) => relay.leads())).toEqual([true, false]);
    await db.knex.raw(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'relay one'`);
    await commit([{ key: keys[1] ?? '', text: 'b' }]);
    await allMarked();
    await waitFor('one lead', () => relays.filter((relay) => relay.leads()).length === 1);
    expect(texts(await published([keys[0] ?? '']))).toEqual(['a', 'a']);
    expect(new Set(texts(await published([keys[1] ?? ''])))).toEqual(new Set(['b']));
  });
});

it('ids drawn under the row lock: no event is lost, one key keeps its order', async () => {
  const walletIds = [randomUUID(), randomUUID()];
  await openWallets(
    db.knex,
    walletIds.map((id) => ({ id, ownerId: randomUUID(), kind: 'customer', currency: 'USD' })),
  );
  const facts = await findWallets(db.knex, walletIds);
  const [one, other] = walletIds.map((id) => facts.get(id)?.accounts.customer ?? 0n);
  const relay = await startRelay();
  await waitFor('the lead', () => relay.leads());

  const settler = async (account: bigint | undefined, key: string, text: string) => {
    const connection = await createConnection({ url, applicationName: `settler ${text}` });
    closers.push(() => connection.close());
    const locking = connection.begin([createBookStore().lock([account ?? 0n])]);
    const outbox = createOutboxWriter();
    const headers = {};
    const [eventId, payload] = [randomUUID(), Buffer.from(text)];
    outbox.add(topic, { eventId, partition: null, key, payload, headers });
    return { locking, outbox };
  };
  const [key, neighbour] = [randomUUID(), randomUUID()];
  const first = await settler(one, key, '1');
  const holder = await first.locking;
  // The first has drawn its id and is slow to commit.
  await holder.flight(first.outbox.statements());
  // A higher id is committed, published and marked while the lower one is not even visible.
  const swift = await settler(other, neighbour, 'swift');
  await (await swift.locking).commit(swift.outbox.statements());
  await allMarked();
  // The second waits for the row of the first, and no longer than a statement may.
  const second = await settler(one, key, '2');
  await waitFor('a settler that waits for the row', () => waitsForLock('settler 2'));
  await holder.commit([]);
  await (await second.locking).commit(second.outbox.statements());
  await allMarked();
  expect(texts(await published([neighbour]))).toEqual(['swift']);
  expect(texts(await published([key]))).toEqual(['1', '2']);
  const ids = await db.knex('outbox').where({ key }).orderBy('batch_id').select('payload');
  expect(ids.map((row: { payload: Buffer }) => row.payload.toString())).toEqual(['1', '2']);
});

it('the sweep deletes what was published long ago and nothing else', async () => {
  const store = createRelayStore();
  for (const text of ['old', 'older', 'recent', 'never']) await commit([{ key: 'k', text }]);
  await db.knex.raw(`update outbox_batch set published_at = now() - interval '25 hours'
    where id <= 2`);
  await db.knex.raw(`update outbox_batch set published_at = now() where id = 3`);
  const [first] = await writer.flight([store.sweep(24, 1)]);
  expect(first?.rowCount).toBe(1);
  await writer.flight([store.sweep(24, 100)]);
  const left = await db.knex('outbox').orderBy('batch_id').select('payload');
  expect(left.map((row: { payload: Buffer }) => row.payload.toString())).toEqual([
    ...['recent', 'never'],
  ]);
  expect(await db.knex('outbox_batch').select('id')).toHaveLength(2);
});
