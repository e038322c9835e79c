import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, createSealer, type Database } from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createMetrics, systemClock, type Metrics } from '@wallet/runtime';
import { deadLetterTopicOf, topics, type Publisher } from '@wallet/schemas';
import {
  createTcpProxy,
  createTestWire,
  type TcpProxy,
  type TestWire,
} from '@wallet/schemas/testing';
import { createMonitor, type Monitor } from './monitor.ts';

// The database is reached through a proxy, so that it can go away and come back.
const metrics: Metrics = createMetrics({ role: 'streams:monitor' });
const { name: intents } = topics.paymentIntents;
let testDatabase: TestDatabase;
let database: Database;
let proxy: TcpProxy;
let testWire: TestWire;
let publisher: Publisher;
let monitor: Monitor;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const url = new URL(testDatabase.url);
  const serverPort = Number(url.port);
  proxy = await createTcpProxy({ targetPort: () => serverPort });
  url.port = String(proxy.port);
  const onError = (): void => undefined; // broken on purpose by the proxy
  database = createDatabase({ url: url.href, applicationName: 'monitor test', onError });
  testWire = await createTestWire('monitor');
  publisher = testWire.wire.createPublisher();
  monitor = createMonitor({
    ...{ admin: testWire.wire.admin, database, metrics, clock: systemClock, log: testWire.log },
    watched: [{ group: 'fraud', topics: [intents] }],
    sealer: createSealer(database.knex, { patienceMs: 1_000 }),
    invariants: [{ id: 'I2', check: async () => ({ violations: 0, examples: [] }) }],
    pace: {
      lagMs: 50,
      databaseMs: 50,
      deadLettersMs: 50,
      invariantsMs: 50,
      chainMs: 50,
      monthsMs: 50,
    },
  });
}, 60_000);

afterAll(async () => {
  await monitor?.close();
  await publisher?.close();
  await testWire?.close();
  await database?.close();
  await proxy?.close();
  await testDatabase?.drop();
});

/** Waits until the series has the wanted value; says what it was last. */
async function becomes(read: () => Promise<number | undefined>, good: (n: number) => boolean) {
  const endMs = performance.now() + 20_000;
  let last = await read();
  while (!(last !== undefined && good(last)) && performance.now() < endMs) {
    await sleep(20);
    last = await read();
  }
  expect({ last, good: last !== undefined && good(last) }).toMatchObject({ good: true });
}

const lagLabels = { consumergroup: 'fraud', topic: intents };

test('records that nobody reads are a lag in records and in seconds', async () => {
  // The first look at the empty topic is what the seconds are counted from.
  await becomes(
    () => metrics.read('wallet_consumer_lag_seconds', lagLabels),
    (n) => n === 0,
  );
  const value = Buffer.from('not even a record');
  await publisher.publishAll(
    ['a', 'b', 'c'].map((key) => ({ topic: intents, key, value, partition: 1 })),
  );
  await becomes(
    () => metrics.read('kafka_consumergroup_lag', lagLabels),
    (n) => n === 3,
  );
  await becomes(
    () => metrics.read('wallet_consumer_lag_seconds', lagLabels),
    (n) => n > 0.1,
  );
  await becomes(
    () => metrics.read('wallet_payments_pending', { state: 'received' }),
    (n) => n === 3,
  );
  const oldest = 'wallet_payments_oldest_pending_timestamp_seconds';
  const nowSeconds = Date.now() / 1000;
  await becomes(
    () => metrics.read(oldest, { state: 'received' }),
    (n) => n < nowSeconds,
  );
});

test('dead letters are counted under the topic they came from', async () => {
  await becomes(
    () => metrics.read('wallet_dead_letter_records', { topic: intents }),
    (n) => n === 0,
  );
  const value = Buffer.from('poison');
  await publisher.publish({ topic: deadLetterTopicOf(intents), key: 'a', value });
  await becomes(
    () => metrics.read('wallet_dead_letter_records', { topic: intents }),
    (n) => n === 1,
  );
});

test('what is past its deadline is counted by kind, and told since when', async () => {
  await becomes(
    () => metrics.read('wallet_timers_overdue', { kind: 'reviews' }),
    (n) => n === 0,
  );
  await database.knex.raw(`insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id,
      payee_id, amount_minor, accepted_at, updated_at, authorization_expires_at, version, status,
      currency, capture)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
      gen_random_uuid(), 1, now(), now() - make_interval(hours => age), expires_at, 1, status,
      'USD', 'manual'
    from (values (1, 'in_review', null), (26, 'in_review', null), (27, 'rejected', null),
      (26, 'authorized', now() + interval '1 hour'), (0, 'authorized', now() - interval '1 hour'),
      (0, 'authorized', now() - interval '3 hours'), (0, 'expired', now() - interval '9 hours')
    ) p(age, status, expires_at)`);
  await database.knex.raw(`insert into hold (id, account_id, amount_minor, expires_at, reason,
      payment_id)
    select gen_random_uuid(), 1, 1, now() + interval '1 hour' * hours, 'review', payment
    from (values (-5, null), (5, null), (-9, gen_random_uuid())) h(hours, payment)`);
  for (const [kind, count, hours] of [
    ['authorizations', 2, 3],
    ['reviews', 1, 2],
    ['holds', 1, 5],
  ] as const) {
    await becomes(
      () => metrics.read('wallet_timers_overdue', { kind }),
      (n) => n === count,
    );
    const dueSeconds = Date.now() / 1000 - hours * 3_600;
    await becomes(
      () => metrics.read('wallet_timers_oldest_overdue_timestamp_seconds', { kind }),
      (n) => Math.abs(n - dueSeconds) < 60,
    );
  }
});

test('unpublished events and an unbalanced ledger are seen', async () => {
  await becomes(
    () => metrics.read('wallet_outbox_unpublished_events'),
    (n) => n === 0,
  );
  await database.knex.raw(`insert into outbox_batch (topic, record_count, created_at)
    values ('payment-events', 12, now() - interval '90 seconds')`);
  await database.knex.raw(`insert into account (kind, currency, balance_minor)
    values ('suspense', 'USD', 5)`);
  const oldest = 'wallet_outbox_oldest_unpublished_timestamp_seconds';
  const nowSeconds = Date.now() / 1000;
  await becomes(
    () => metrics.read('wallet_outbox_unpublished_events'),
    (n) => n === 12,
  );
  await becomes(
    () => metrics.read(oldest),
    (n) => n < nowSeconds - 80,
  );
  const imbalance = 'wallet_ledger_imbalance_minor_units';
  await becomes(
    () => metrics.read(imbalance, { currency: 'USD' }),
    (n) => n === 5,
  );
});

test('what was posted is sealed; until then its age grows', async () => {
  const oldest = (): Promise<number | undefined> =>
    metrics.read('wallet_chain_oldest_unsealed_timestamp_seconds');
  const other = createDatabase({ url: testDatabase.url, applicationName: 'monitor test' });
  // A writer that is still under way holds the seal back: its number may come before ours.
  const open = await other.knex.transaction();
  await open.raw(`insert into transfer (id, kind) values (gen_random_uuid(), 'fee')`);
  await other.knex.raw(`insert into transfer (id, kind, posted_at)
    values (gen_random_uuid(), 'fee', now() - interval '90 seconds')`);
  const nowSeconds = Date.now() / 1000;
  await becomes(oldest, (n) => n < nowSeconds - 80);
  expect(await metrics.read('wallet_chain_height_blocks')).toBe(0);
  await open.commit();
  await becomes(oldest, (n) => n > nowSeconds - 80);
  expect(await metrics.read('wallet_chain_height_blocks')).toBe(1);
  expect(await metrics.read('wallet_chain_sealed_transfers_total')).toBe(2);
  await other.close();
});

test('months that are missing are made, and up to when there are some is told', async () => {
  const until = 'wallet_ledger_months_until_timestamp_seconds';
  const now = new Date();
  const end = (ahead: number): number =>
    Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead) / 1000;
  await becomes(
    () => metrics.read(until),
    (n) => n === end(4),
  );
  const last = new Date(end(3) * 1000).toISOString().slice(0, 7).replace('-', '_');
  await database.knex.raw(`drop table entry_${last}`);
  const isBack = async (): Promise<number | undefined> => {
    const found = await database.knex.raw<{ rows: unknown[] }>(
      `select where to_regclass('entry_${last}') is not null`,
    );
    return found.rows.length;
  };
  await becomes(isBack, (n) => n === 1);
});

test('with the database away the lag is still seen; once it is back, so is it', async () => {
  const seen = 'wallet_monitor_last_success_timestamp_seconds';
  const failures = (): Promise<number | undefined> =>
    metrics.read('wallet_monitor_failures_total', { check: 'database' });
  proxy.set({ refuse: true });
  proxy.cut();
  await becomes(failures, (n) => n > 0);
  const away = Date.now() / 1000;
  await becomes(
    () => metrics.read(seen, { check: 'lag' }),
    (n) => n > away,
  );
  expect(await metrics.read(seen, { check: 'database' })).toBeLessThan(away);
  proxy.set({});
  const back = Date.now() / 1000;
  await becomes(
    () => metrics.read(seen, { check: 'database' }),
    (n) => n > back,
  );
  expect(monitor.problem()).toBeNull();
});
