import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { putListEntries } from '@wallet/core-ledger';
import { dashboards, executableQueries } from '@wallet/grafana';
import { topics } from '@wallet/schemas';
import { createRawKafka, type RawKafka } from '@wallet/schemas/testing';
import { openSink, type Sink } from '@wallet/streams/testing';
import { createPhases, createStack, type Stack } from '@wallet/stack';
import { startPrometheus } from '../observability/prometheus.ts';
import { queriesWithoutValue } from '../observability/query-check.ts';
import type { Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

// The overview over the running product: what is empty here would be empty for an SRE.
const startMs = 120_000;
const filledWithinMs = 60_000;
const seenWithinMs = 30_000;
const pipeline = 'fraud,settlement,commands,tickets,outbox,outcomes,notifications,timers';
const roles = [
  ...['edge', 'identity'],
  ...[`streams:${pipeline}`, 'streams:webhooks,emails', 'streams:monitor'],
];
const rules = fileURLToPath(new URL('../../ops/prometheus/rules/wallet.yml', import.meta.url));

let servers: Stack;
let system: System;
let raw: RawKafka;
let sink: Sink;
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
let traffic: Promise<void>;
let trafficEnds = false;

beforeAll(async () => {
  // A Redis of its own, to be away for a while.
  servers = await createStack({
    dataDir: mkdtempSync(join(tmpdir(), 'wallet-overview-')),
    ...{ services: ['redis'], named: {}, docker: false, phases: createPhases(null) },
  });
  const env = { REDIS_URL: servers.server('redis').url, MAIL_PAGE_PORT: '0' };
  const all = { monitor: true, seed: true, heartbeat: true };
  system = await startSystem({ ...all, processors: [pipeline, 'webhooks,emails'], env });
  raw = await createRawKafka(system);
  const ports = roles.map((role) => Number(new URL(system.process(role).statusUrl).port));
  prometheus = await startPrometheus(ports, [rules]);
  const [ann, bob, shop] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.customerWith(1_000_000),
    system.api.register('merchant'),
  ]);
  // They pay often: once a new shop sells much, the shipped rules would review all it sells.
  const regular = { list: 'trusted', reason: 'a regular' };
  await putListEntries(
    system.db,
    [ann, bob].map(({ userId }) => ({ ...regular, value: userId })),
  );
  sink = await openSink('well');
  await shop.post('/webhook-endpoints', { url: sink.url, events: ['payment.captured'] });
  await ann.put('/notification-settings', { email: true });
  traffic = dailyLife(ann, bob, shop);
}, startMs);

afterAll(async () => {
  trafficEnds = true;
  await traffic;
  await prometheus?.close();
  await raw?.close();
  await system?.stop();
  await sink?.close();
  await servers?.destroy();
}, startMs);

/** Transfers, purchases, a repeat, a refusal, a review, a bad request, a newcomer: on and on. */
async function dailyLife(ann: Resident, bob: Resident, shop: Resident): Promise<void> {
  while (!trafficEnds) {
    const key = randomUUID();
    const transfer = { from: ann.walletId, to: bob.walletId, amountMinor: 1_200 };
    await ann.pay(transfer, { key, wait: 5 });
    await ann.pay(transfer, { key });
    await bob.pay({ from: bob.walletId, to: shop.walletId, amountMinor: 990 }, { wait: 5 });
    await bob.pay({ from: bob.walletId, to: shop.walletId, amountMinor: 66_600 });
    await bob.pay({ from: bob.walletId, to: ann.walletId, amountMinor: 900_000_000 });
    await bob.pay({ from: bob.walletId, to: ann.walletId, amountMinor: -1 });
    await ann.get(`/wallets/${ann.walletId}`);
    // Registers, logs in and tops up; while Redis is away it may be turned away.
    await system.api.customerWith(1_000).catch(() => undefined);
  }
}

async function valueOf(expr: string): Promise<number> {
  const [sample] = await prometheus.query(expr);
  return sample?.value ?? NaN;
}

const comesTrue = (expr: string, what: string): Promise<unknown> =>
  system.waitFor(async () => (await valueOf(expr)) > 0, what, seenWithinMs);

test('while all is well checks are made, the heart beats, and nothing fires', () =>
  system.guard(async () => {
    await comesTrue('max(wallet_heartbeat_duration_seconds_count)', 'a heartbeat');
    await comesTrue('count(wallet_invariant_violations)', 'the invariants to be checked');
    await system.waitFor(
      async () => {
        const told = await prometheus.query('ALERTS');
        if (told.length === 0) return true;
        throw new Error(told.map(({ labels }) => labels['alertname']).join(', '));
      },
      'no alert to fire or to be about to',
      seenWithinMs,
    );
  }));

test('a while without Redis, a record that cannot be read, a refusal', () =>
  system.guard(async () => {
    const redis = servers.server('redis');
    redis.kill('SIGSTOP');
    try {
      const degraded = 'sum(wallet_fraud_decisions_total{degraded="true"})';
      await comesTrue(degraded, 'decisions without counters');
    } finally {
      redis.kill('SIGCONT');
    }
    await raw.put({ topic: topics.paymentIntents.name, key: 'a', value: Buffer.from('poison') });
    await comesTrue('sum(wallet_dead_letter_records)', 'the dead letter to be counted');
    const refused = 'sum(wallet_refusals_total{code="insufficient_funds"})';
    await comesTrue(refused, 'a payment to be refused');
  }));

describe.each(Object.entries(dashboards))(
  'dashboard %s over the running product',
  (_, dashboard) => {
    test(
      'every query returns a finite value',
      () =>
        system.guard(async () => {
          const queries = executableQueries(dashboard, '15s');
          expect(await queriesWithoutValue(prometheus, queries, filledWithinMs)).toEqual([]);
        }),
      filledWithinMs + 30_000,
    );
  },
);

test('money is right, and the dead letter has an alert', () =>
  system.guard(async () => {
    expect(await valueOf('max(abs(wallet_ledger_imbalance_minor_units))')).toBe(0);
    expect(await valueOf('sum(wallet_invariant_violations)')).toBe(0);
    // Rules are evaluated every so often: a fast machine is here before the next time.
    await comesTrue('ALERTS{alertname="DeadLetters",alertstate="firing"}', 'the alert to fire');
  }));

test('every scrape is smaller than 10,000 series and faster than 20 ms', async () => {
  expect(await valueOf('count(up == 1)')).toBe(roles.length);
  expect(await valueOf('max(scrape_samples_scraped)')).toBeLessThan(10_000);
  // The fastest of each process: what others do to this machine is not its own time.
  const slowest = 'max(min_over_time(scrape_duration_seconds[2m]))';
  expect(await valueOf(slowest)).toBeLessThan(0.02);
});
