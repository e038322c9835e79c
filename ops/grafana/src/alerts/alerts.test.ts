import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { metricTable } from '@wallet/runtime';
import { metricNamesIn, metricOfSeries } from '../promql.ts';
import { alerts } from './alerts.ts';
import { renderRules } from './rules.ts';

const ruleFile = fileURLToPath(new URL('../../../prometheus/rules/wallet.yml', import.meta.url));
const runbooks = fileURLToPath(new URL('../../../runbooks/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wallet-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** @throws with promtool's own words when it finds a fault. */
function promtool(...args: string[]): string {
  try {
    return execFileSync('promtool', args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('promtool is not on PATH: install the package prometheus', { cause: error });
  }
}

test('the committed rule file is what the list says (npm run dashboards writes it)', () => {
  expect(readFileSync(ruleFile, 'utf8')).toBe(renderRules(alerts));
});

test('promtool accepts the rules', () => {
  expect(promtool('check', 'rules', ruleFile)).toContain(`${alerts.length} rules found`);
});

test('every alert has its runbook, every runbook its alert', () => {
  const pages = readdirSync(runbooks).filter((page) => page !== 'README.md');
  expect(pages.sort()).toEqual(alerts.map(({ name }) => `${name}.md`).sort());
  expect(alerts.filter(({ name }) => !existsSync(join(runbooks, `${name}.md`)))).toEqual([]);
});

test('alerts read only metrics of the table', () => {
  const isMetric = (name: string): boolean => Object.hasOwn(metricTable, name);
  const names = alerts.flatMap(({ expr }) => metricNamesIn(expr));
  const ofPrometheus = ['up'];
  const unknown = names
    .map((name) => metricOfSeries(name, isMetric))
    .filter((name) => !isMetric(name) && !ofPrometheus.includes(name));
  expect(unknown).toEqual([]);
});

/** Series in promtool's notation: they fire the alert by minute 10, or keep it quiet. */
type Story = { series: Record<string, string>; fires: boolean };
const journey = 'wallet_payment_end_to_end_duration_seconds';
const stories: Record<string, Story[]> = {
  LedgerWrong: [
    { series: { 'wallet_ledger_imbalance_minor_units{currency="USD"}': '0x8 -1x9' }, fires: true },
    { series: { 'wallet_invariant_violations{id="I3"}': '0x8 2x9' }, fires: true },
    {
      series: {
        'wallet_ledger_imbalance_minor_units{currency="USD"}': '0x20',
        'wallet_invariant_violations{id="I3"}': '0x20',
      },
      fires: false,
    },
  ],
  VerifierSilent: [
    { series: { 'wallet_invariant_last_success_timestamp_seconds{id="I1"}': '0x20' }, fires: true },
    { series: {}, fires: true },
    {
      series: { 'wallet_invariant_last_success_timestamp_seconds{id="I1"}': '0+60x20' },
      fires: false,
    },
  ],
  ChainBehind: [
    { series: { wallet_chain_oldest_unsealed_timestamp_seconds: '0x20' }, fires: true },
    { series: {}, fires: true },
    { series: { wallet_chain_oldest_unsealed_timestamp_seconds: '0+60x20' }, fires: false },
  ],
  MonthsShort: [
    { series: { wallet_ledger_months_until_timestamp_seconds: '2590000x20' }, fires: true },
    { series: {}, fires: true },
    { series: { wallet_ledger_months_until_timestamp_seconds: '2600000x20' }, fires: false },
  ],
  PaymentsNotFlowing: [
    {
      series: {
        'wallet_payments_oldest_pending_timestamp_seconds{state="screening"}': '0x20',
      },
      fires: true,
    },
    {
      series: {
        'wallet_payments_oldest_pending_timestamp_seconds{state="received"}': '0+60x20',
        // Waiting for an analyst is not a fault.
        'wallet_payments_oldest_pending_timestamp_seconds{state="in_review"}': '0x20',
      },
      fires: false,
    },
  ],
  TimersLate: [
    {
      series: { 'wallet_timers_oldest_overdue_timestamp_seconds{kind="reviews"}': '0x20' },
      fires: true,
    },
    { series: {}, fires: true },
    {
      series: { 'wallet_timers_oldest_overdue_timestamp_seconds{kind="reviews"}': '0+60x20' },
      fires: false,
    },
  ],
  EndToEndSlow: [
    {
      series: { [`${journey}_count`]: '0+100x20', [`${journey}_bucket{le="2"}`]: '0+80x20' },
      fires: true,
    },
    {
      series: { [`${journey}_count`]: '0+100x20', [`${journey}_bucket{le="2"}`]: '0+95x20' },
      fires: false,
    },
    {
      // One slow payment in a quiet night.
      series: { [`${journey}_count`]: '0+1x20', [`${journey}_bucket{le="2"}`]: '0x20' },
      fires: false,
    },
  ],
  ConsumerLag: [
    { series: { 'wallet_consumer_lag_seconds{topic="t"}': '60x20' }, fires: true },
    { series: { 'wallet_consumer_lag_seconds{topic="t"}': '1x20' }, fires: false },
  ],
  OutboxOld: [
    { series: { wallet_outbox_oldest_unpublished_timestamp_seconds: '0x20' }, fires: true },
    { series: { wallet_outbox_oldest_unpublished_timestamp_seconds: '0+60x20' }, fires: false },
  ],
  DeadLetters: [
    { series: { 'wallet_dead_letters_total{topic="t",reason="r"}': '0x8 1x9' }, fires: true },
    { series: { 'wallet_dead_letters_total{topic="t",reason="r"}': '7x20' }, fires: false },
  ],
  FraudDegraded: [
    {
      series: {
        'wallet_fraud_decisions_total{degraded="true"}': '0+5x20',
        'wallet_fraud_decisions_total{degraded="false"}': '0+95x20',
      },
      fires: true,
    },
    {
      series: {
        'wallet_fraud_decisions_total{degraded="true"}': '3x20',
        'wallet_fraud_decisions_total{degraded="false"}': '0+95x20',
      },
      fires: false,
    },
  ],
  EdgeErrors: [
    {
      series: {
        'wallet_http_requests_total{status="500"}': '0+5x20',
        'wallet_http_requests_total{status="202"}': '0+95x20',
      },
      fires: true,
    },
    { series: { 'wallet_http_requests_total{status="422"}': '0+95x20' }, fires: false },
  ],
  EdgeShedding: [
    { series: { 'wallet_requests_shed_total{reason="in_flight"}': '0+600x20' }, fires: true },
    { series: { 'wallet_requests_shed_total{reason="in_flight"}': '0+6x20' }, fires: false },
  ],
  ProcessUnhealthy: [
    { series: { 'up{job="wallet",instance="a"}': '1x5 0x15' }, fires: true },
    { series: { 'wallet_event_loop_lag_seconds{quantile="p99"}': '1x20' }, fires: true },
    { series: { 'up{job="wallet",instance="a"}': '1x20' }, fires: false },
  ],
};

/** One rule in one Prometheus: `eval` gives how often the alert is firing at minute 10. */
function storyFile(alert: (typeof alerts)[number], index: number, story: Story): string {
  const rules = join(folder, `${alert.name}-${index}.rules.yml`);
  writeFileSync(rules, renderRules([alert]));
  const file = join(folder, `${alert.name}-${index}.test.yml`);
  const firing = `count(ALERTS{alertname="${alert.name}",alertstate="firing"}) > bool 0`;
  const inputSeries = Object.entries(story.series).map(([series, values]) => ({ series, values }));
  const expected = story.fires ? [{ value: 1 }] : [];
  const tests = [
    {
      interval: '1m',
      input_series: inputSeries,
      promql_expr_test: [{ expr: firing, eval_time: '10m', exp_samples: expected }],
    },
  ];
  const content = { rule_files: [rules], evaluation_interval: '30s', tests };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe.each(alerts.map((alert) => [alert.name, alert] as const))('%s', (name, alert) => {
  const told = stories[name] ?? [];

  test('has a story in which it fires and one in which it stays quiet', () => {
    expect(new Set(told.map(({ fires }) => fires)).size).toBe(2);
  });
  test('fires and stays quiet as its stories say', () => {
    const files = told.map((story, index) => storyFile(alert, index, story));
    expect(promtool('test', 'rules', ...files)).toContain('SUCCESS');
  });
});
