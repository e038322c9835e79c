import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, createSealer, markHandled, type Database } from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createMetrics, systemClock, type Metrics } from '@wallet/runtime';
import { deadLetterTopicOf, topics, type Publisher } from '@wallet/schemas';
import {
  createTcpProxy,
  createTestWire,
  type TcpProxy,
  type TestWire,
} from '@wallet/schemas/testing';
import { createRedisLink, type RedisLink } from '@wallet/runtime/redis';
import { createOwnRedis, type OwnRedis } from '../testing/own-redis.ts';
import { createMonitor, type Monitor } from './monitor.ts';
import { createRedisLook } from './servers.ts';

// The database is reached through a proxy, so that it can go away and come back.
const metrics: Metrics = createMetrics({ role: 'streams:monitor' });
const { name: intents } = topics.paymentIntents;
let testDatabase: TestDatabase;
let database: Database;
let proxy: TcpProxy;
let testWire: TestWire;
let publisher: Publisher;
let monitor: Monitor;
let redis: OwnRedis;
let link: RedisLink;

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
  redis = await createOwnRedis();
  const asker = { name: 'monitor test', without: 'nothing is seen of it' };
  link = createRedisLink({ url: redis.url, prepare: [], asker, log: testWire.log });
  monitor = createMonitor({
    ...{
      admin: testWire.wire.admin,
      codec: testWire.wire.codec,
      database,
      metrics,
      clock: systemClock,
      log: testWire.log,
    },
    heartbeat: null,
    servers: {
      redis: createRedisLook({ link, key: `monitor-test-${process.pid}` }),
      registry: () => testWire.wire.registryAnswers(),
    },
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
      decisionsMs: 50,
      redisMs: 50,
      registryMs: 50,
      heartbeatMs: 50,
    },
  });
}, 60_000);

afterAll(async () => {
  await monitor?.close();
  link?.close();
  await redis?.close();
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

test('dead letters count under their source topic until somebody handles them', async () => {
  const open = () => metrics.read('wallet_dead_letter_records', { topic: intents });
  await becomes(open, (n) => n === 0);
  const value = Buffer.from('poison');
  const partition = 2;
  await publisher.publish({ topic: deadLetterTopicOf(intents), key: 'a', partition, value });
  await becomes(open, (n) => n === 1);
  const handled = { outcome: 'dismissed', reason: 'a test' } as const;
  await markHandled(database.knex, [{ topic: intents, partition, offset: 0 }], handled);
  await becomes(open, (n) => n === 0);
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
  await database.knex.raw(`insert into ticket (id, accepted_at, changed_at, next_due_at,
      first_response_spent_ms, update_spent_ms, resolution_spent_ms, version, messages, links,
      status, opened_by, priority, team, subject)
    select gen_random_uuid(), now(), now(), now() + interval '1 hour' * hours, 0, 0, 0, 1, 0, 0,
      'open', 'system', 'normal', 'payments', 'late'
    from (values (-4), (-6), (6), (null)) t(hours)`);
  await database.knex.raw(`insert into settlement_window (id, currency, opens_at, closes_at,
      closed_at, built_at)
    select gen_random_uuid(), currency, now() - interval '2 days', now() + interval '1 hour' * ends,
      now() + interval '1 hour' * closed, case when is_built then now() end
    from (values ('USD', 7, null, false), ('EUR', -7, null, false), ('EUR', 9, -8, false),
      ('EUR', -30, -29, true)) w(currency, ends, closed, is_built)`);
  for (const [kind, count, hours] of [
    ['authorizations', 2, 3],
    ['reviews', 1, 2],
    ['holds', 1, 5],
    ['tickets', 2, 6],
    ['settlements', 2, 8],
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

test('tickets by status, and those that wait for us past a promise', async () => {
  const open = (status: 'new' | 'resolved') => () =>
    metrics.read('wallet_tickets_open', { status });
  await becomes(open('new'), (n) => n === 0);
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const counted = { accepted_at: ago(9), changed_at: ago(9), version: 1, messages: 1, links: 0 };
  const standing = { first_response_spent_ms: 0, update_spent_ms: 0, resolution_spent_ms: 0 };
  const words = { opened_by: 'requester', priority: 'normal', team: 'service', subject: 's' };
  const ticket = { ...counted, ...standing, ...words, status: 'new' };
  const late = { first_response_breached_at: ago(1) };
  const rows = [
    { ...ticket, ...late },
    { ...ticket, ...late, first_responded_at: ago(0.5), update_breached_at: ago(2) },
    { ...ticket, status: 'pending_customer', deadline_at: ago(-5), resolution_breached_at: ago(1) },
    { ...ticket, status: 'resolved', deadline_at: ago(-3) },
    { ...ticket, ...late, status: 'closed' },
  ];
  for (const row of rows) await database.knex('ticket').insert({ id: randomUUID(), ...row });
  await becomes(open('new'), (n) => n === 2);
  await becomes(open('resolved'), (n) => n === 1);
  const promises = { first_response: 1, update: 1, resolution: 0 } as const;
  for (const clock of ['first_response', 'update', 'resolution'] as const) {
    await becomes(
      () => metrics.read('wallet_tickets_late', { clock }),
      (n) => n === promises[clock],
    );
  }
});

test('debtors who could repay are overdue', async () => {
  const overdue = () => metrics.read('wallet_timers_overdue', { kind: 'debts' });
  await becomes(overdue, (n) => n === 0);
  const [rich, poor] = [randomUUID(), randomUUID()];
  await database.knex.raw(
    `insert into account (kind, currency, balance_minor, wallet_id, owner_id)
     values ('customer', 'EUR', 7, :rich, :rich), ('customer', 'EUR', 0, :poor, :poor)`,
    { rich, poor },
  );
  await database.knex('wallet_debt').insert([{ wallet_id: rich }, { wallet_id: poor }]);
  await becomes(overdue, (n) => n === 1);
});

test('batches that wait are counted, and what banks have not answered by its age', async () => {
  const name = 'wallet_settlements_in_transit_minor_units';
  const inTransit = (age: 'day' | 'older') => () => metrics.read(name, { currency: 'USD', age });
  await database.knex.raw(`insert into account (kind, currency) values ('in_transit', 'USD')
    on conflict do nothing`);
  await becomes(inTransit('older'), (minor) => minor === 0);
  await database.knex.raw(`insert into settlement (id, wallet_id, owner_id, created_by, gross_minor,
      refunds_minor, disputes_minor, fees_minor, carried_minor, net_minor, carried_in_minor,
      carried_out_minor, accepted_at, submitted_at, confirmed_minor, returned_minor, version,
      item_count, cuts, origin, status, currency)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 9, 0, 0, 0,
      0, 9, 0, 0, now() - interval '9 days', now() - make_interval(hours => age), confirmed,
      returned, 1, 0, '{0,0,0,0}', 'run', status, 'USD'
    from (values (1, 'submitted', 0, 0), (80, 'submitted', 0, 0), (90, 'partially_settled', 4, 2),
      (99, 'settled', 9, 0), (null, 'pending_approval', 0, 0)
    ) s(age, status, confirmed, returned)`);
  await becomes(inTransit('older'), (minor) => minor === 12);
  expect(await inTransit('day')()).toBe(9);
  const oldest = 'wallet_settlements_oldest_waiting_timestamp_seconds';
  for (const [state, count, hours] of [
    ['in_transit', 3, 90],
    ['pending_approval', 1, 9 * 24],
  ] as const) {
    expect(await metrics.read('wallet_settlements_waiting', { state })).toBe(count);
    const sinceSeconds = Date.now() / 1000 - hours * 3_600;
    await becomes(
      () => metrics.read(oldest, { state }),
      (n) => Math.abs(n - sinceSeconds) < 60,
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
  expect(await metrics.read('wallet_chain_sealed_transfers_total')).toBe(2);
  // One block, or two when a round drew its mark between the two inserts.
  expect([1, 2]).toContain(await metrics.read('wallet_chain_height_blocks'));
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

describe('Redis', () => {
  const seen = 'wallet_monitor_last_success_timestamp_seconds';
  const seenAfter = (seconds: number) =>
    becomes(
      () => metrics.read(seen, { check: 'redis' }),
      (n) => n > seconds,
    );
  const failures = () => metrics.read('wallet_monitor_failures_total', { check: 'redis' });
  const fails = async (): Promise<void> => {
    const before = (await failures()) ?? 0;
    await becomes(failures, (n) => n > before + 1);
  };

  test('that takes no writes is away, though it answers', async () => {
    await seenAfter(0);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    await fails();
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await seenAfter(Date.now() / 1000);
  });

  test('that is frozen is away, and seen again once it answers', async () => {
    redis.freeze();
    await fails();
    redis.thaw();
    await seenAfter(Date.now() / 1000);
  });
});

test('the schema registry is asked', () =>
  becomes(
    () => metrics.read('wallet_monitor_last_success_timestamp_seconds', { check: 'registry' }),
    (n) => n > 0,
  ));

test('a database that takes no writes is away, though what waits in it is still told', async () => {
  const failures = () => metrics.read('wallet_monitor_failures_total', { check: 'database' });
  const other = createDatabase({ url: testDatabase.url, applicationName: 'monitor test' });
  const name = new URL(testDatabase.url).pathname.slice(1);
  const forbid = async (isForbidden: boolean): Promise<void> => {
    await other.knex.transaction(async (trx) => {
      await trx.raw('set transaction read write');
      await trx.raw(`alter database "${name}" set default_transaction_read_only = ${isForbidden}`);
    });
    proxy.cut(); // sessions that are there go on as they began
  };
  await forbid(true);
  const before = (await failures()) ?? 0;
  await becomes(failures, (n) => n > before + 1);
  const parked = 'wallet_parked_oldest_timestamp_seconds';
  const now = Date.now() / 1000;
  await becomes(
    () => metrics.read(parked),
    (n) => n > now,
  );
  await forbid(false);
  await other.close();
  await becomes(
    () => metrics.read('wallet_monitor_last_success_timestamp_seconds', { check: 'database' }),
    (n) => n > now,
  );
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
