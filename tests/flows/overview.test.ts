import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dashboards, executableQueries } from '@wallet/grafana';
import { startPrometheus } from '../observability/prometheus.ts';
import { queriesWithoutValue } from '../observability/query-check.ts';
import type { Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

// The overview over the running product: what is empty here would be empty for an SRE.
const startMs = 120_000;
const filledWithinMs = 60_000;

let system: System;
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
let traffic: Promise<void>;
let trafficEnds = false;

beforeAll(async () => {
  system = await startSystem({ monitor: true });
  const roles = ['edge', 'identity', 'streams', 'streams:monitor'];
  const ports = roles.map((role) => Number(new URL(system.process(role).statusUrl).port));
  prometheus = await startPrometheus(ports);
  const [ann, bob, shop] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.customerWith(1_000_000),
    system.api.register('merchant'),
  ]);
  traffic = dailyLife(ann, bob, shop);
}, startMs);

afterAll(async () => {
  trafficEnds = true;
  await traffic;
  await prometheus?.close();
  await system?.stop();
}, startMs);

/** Transfers, purchases, a repeat, a refusal, a review and a bad request, again and again. */
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
  }
}

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

    test('money is right and everything is watched', async () => {
      const [imbalance] = await prometheus.query('max(abs(wallet_ledger_imbalance_minor_units))');
      const [broken] = await prometheus.query('sum(wallet_invariant_violations)');
      const [failures] = await prometheus.query('sum(wallet_monitor_failures_total)');
      expect({ imbalance, broken, failures }).toMatchObject({
        imbalance: { value: 0 },
        broken: { value: 0 },
        failures: { value: 0 },
      });
    });
  },
);
