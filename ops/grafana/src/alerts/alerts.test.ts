import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { metricTable, type MetricName } from '@wallet/runtime';
import { metricNamesIn, metricOfSeries } from '../promql.ts';
import { alerts } from './alerts.ts';
import { rules } from './rule-file.ts';
import { renderRules } from './rules.ts';

const ruleFile = fileURLToPath(new URL('../../../prometheus/rules/wallet.yml', import.meta.url));
const notOfAlerts = ['README.md', 'faults.md'];
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
  expect(readFileSync(ruleFile, 'utf8')).toBe(renderRules(rules));
});

test('promtool accepts the rules', () => {
  const count = rules.alerts.length + rules.recordings.length;
  expect(promtool('check', 'rules', ruleFile)).toContain(`${count} rules found`);
});

test('every alert has its runbook, every runbook its alert', () => {
  const pages = readdirSync(runbooks).filter((page) => !notOfAlerts.includes(page));
  const named = new Set(rules.alerts.map(({ name }) => `${name}.md`));
  expect(pages.sort()).toEqual([...named].sort());
});

test('the first page of the runbooks leads to each of them', () => {
  const first = readFileSync(join(runbooks, 'README.md'), 'utf8');
  const links = [...first.matchAll(/\[(\w+)\]\(\1\.md\)/g)].map(([, name]) => `${name}.md`);
  const pages = readdirSync(runbooks).filter((page) => page !== 'README.md');
  expect(links.sort()).toEqual(pages.sort());
});

test('alerts read only metrics of the table', () => {
  const isMetric = (name: string): boolean => Object.hasOwn(metricTable, name);
  const { alerts: all, recordings } = rules;
  const names = [...all, ...recordings].flatMap(({ expr }) => metricNamesIn(expr));
  const ofPrometheus = ['up', ...recordings.map(({ record }) => record)];
  const unknown = names
    .map((name) => metricOfSeries(name, isMetric))
    .filter((name) => !isMetric(name) && !ofPrometheus.includes(name));
  expect(unknown).toEqual([]);
});

/**
 * Series in promtool's notation, a value a minute or every so many seconds: they fire the alert by
 * minute 10, or keep it quiet.
 */
type Story = { series: Record<string, string>; everySeconds?: number; fires: boolean };
const oldestSettlement = 'wallet_settlements_oldest_waiting_timestamp_seconds';
const looked = (check: string): string =>
  `wallet_monitor_last_success_timestamp_seconds{check="${check}"}`;
const runs = (role: string): string => `wallet_build_info{process="${role}"}`;
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
  DatabaseAway: [
    { series: { [looked('database')]: '0x20' }, fires: true },
    { series: { [looked('database')]: '0+60x20' }, fires: false },
    // It answers again, since a quarter of a minute: what it caused is not over yet. Then it is.
    { series: { [looked('database')]: '0x117 585+5x10' }, everySeconds: 5, fires: true },
    { series: { [looked('database')]: '0x107 535+5x20' }, everySeconds: 5, fires: false },
  ],
  KafkaAway: [
    { series: { [looked('lag')]: '0x20', [looked('database')]: '0+60x20' }, fires: true },
    { series: { [looked('lag')]: '0+60x20', [looked('database')]: '0+60x20' }, fires: false },
    // Without the database the monitor cannot tell: that is told already.
    { series: { [looked('lag')]: '0x20', [looked('database')]: '0x20' }, fires: false },
  ],
  RedisAway: [
    { series: { [looked('redis')]: '0x20' }, fires: true },
    { series: { [looked('redis')]: '0+60x20' }, fires: false },
  ],
  RegistryAway: [
    { series: { [looked('registry')]: '0x20' }, fires: true },
    { series: { [looked('registry')]: '0+60x20' }, fires: false },
  ],
  RoleAway: [
    { series: { [runs('edge')]: '1x20', [runs('streams')]: '1x20' }, fires: true },
    // Watched by others alone.
    {
      series: {
        ...{ [runs('edge')]: '1x20', [runs('identity')]: '1x20' },
        ...{ [runs('streams:monitor')]: '1x20', [runs('streams:backtests,shadow')]: '1x20' },
        [runs('streams:webhooks,emails')]: '1x20',
      },
      fires: true,
    },
    {
      series: {
        ...{ [runs('edge')]: '1x20', [runs('identity')]: '1x20' },
        [runs('streams:emails')]: '1x20',
        [runs('streams:shadow,backtests')]: '1x20',
      },
      fires: true,
    },
    {
      series: {
        ...{ [runs('edge')]: '1x20', [runs('identity')]: '1x20' },
        [runs('streams:webhooks,settlement')]: '1x20',
      },
      fires: false,
    },
    {
      series: {
        ...{ [runs('edge')]: '1x20', [runs('identity')]: '1x20' },
        [runs('streams:settlement,commands')]: '1x20',
      },
      fires: false,
    },
  ],
  PaymentsNotFlowing: [
    {
      series: {
        'wallet_payments_oldest_pending_timestamp_seconds{state="screening"}': '0x20',
      },
      fires: true,
    },
    { series: { wallet_parked_oldest_timestamp_seconds: '0x20' }, fires: true },
    {
      series: {
        wallet_parked_oldest_timestamp_seconds: '0+60x20',
        'wallet_payments_oldest_pending_timestamp_seconds{state="received"}': '0+60x20',
        // Waiting for an analyst is not a fault.
        'wallet_payments_oldest_pending_timestamp_seconds{state="in_review"}': '0x20',
      },
      fires: false,
    },
  ],
  HeartbeatLost: [
    { series: { [looked('heartbeat')]: '0x20' }, fires: true },
    { series: { [looked('heartbeat')]: '0+60x20' }, fires: false },
  ],
  CommandsNotFlowing: [
    {
      series: { 'wallet_consumer_lag_seconds{consumergroup="commands",topic="t"}': '90x20' },
      fires: true,
    },
    {
      series: {
        'wallet_consumer_lag_seconds{consumergroup="commands",topic="t"}': '2x20',
        'wallet_consumer_lag_seconds{consumergroup="notifications",topic="t"}': '90x20',
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
  InTransitOld: [
    // Time begins at 0: sent so long before.
    { series: { [`${oldestSettlement}{state="in_transit"}`]: '-300000x20' }, fires: true },
    {
      series: {
        [`${oldestSettlement}{state="in_transit"}`]: '-200000x20',
        [`${oldestSettlement}{state="pending_approval"}`]: '-300000x20',
      },
      fires: false,
    },
  ],
  ConsumerLag: [
    { series: { 'wallet_consumer_lag_seconds{topic="t"}': '60x20' }, fires: true },
    { series: { 'wallet_consumer_lag_seconds{topic="t"}': '1x20' }, fires: false },
  ],
  WebhooksLate: [
    {
      series: { 'wallet_webhook_oldest_due_timestamp_seconds{endpoints="well"}': '0x20' },
      fires: true,
    },
    { series: {}, fires: true },
    {
      series: {
        'wallet_webhook_oldest_due_timestamp_seconds{endpoints="well"}': '0+60x20',
        'wallet_webhook_oldest_due_timestamp_seconds{endpoints="failing"}': '0x20',
      },
      fires: false,
    },
  ],
  EmailsLate: [
    { series: { wallet_emails_oldest_due_timestamp_seconds: '0x20' }, fires: true },
    { series: {}, fires: true },
    { series: { wallet_emails_oldest_due_timestamp_seconds: '0+60x20' }, fires: false },
  ],
  OutboxOld: [
    { series: { wallet_outbox_oldest_unpublished_timestamp_seconds: '0x20' }, fires: true },
    { series: { wallet_outbox_oldest_unpublished_timestamp_seconds: '0+60x20' }, fires: false },
  ],
  TicketsLate: [
    { series: { 'wallet_tickets_late{clock="first_response"}': '0x8 1x9' }, fires: true },
    {
      series: {
        'wallet_tickets_late{clock="first_response"}': '0x20',
        'wallet_tickets_open{status="new"}': '40x20',
      },
      fires: false,
    },
  ],
  DeadLetters: [
    { series: { 'wallet_dead_letter_records{topic="t"}': '0x8 1x9' }, fires: true },
    // Somebody has handled them.
    { series: { 'wallet_dead_letter_records{topic="t"}': '7x5 0x15' }, fires: false },
  ],
  RuleSetUnusable: [
    { series: { 'wallet_fraud_rulesets_unusable{mode="live"}': '1x20' }, fires: true },
    { series: { 'wallet_fraud_rulesets_unusable{mode="live"}': '0x20' }, fires: false },
  ],
  DecisionsDiffer: [
    {
      series: { 'wallet_fraud_decisions_explained_total{result="mismatch"}': '0+1x20' },
      fires: true,
    },
    {
      series: {
        'wallet_fraud_decisions_explained_total{result="mismatch"}': '0x20',
        'wallet_fraud_decisions_explained_total{result="match"}': '0+40x20',
      },
      fires: false,
    },
  ],
  FraudDegraded: [
    {
      series: {
        'wallet_fraud_decisions_total{degraded="true"}': '0+10x80',
        'wallet_fraud_decisions_total{degraded="false"}': '0+95x80',
      },
      everySeconds: 15,
      fires: true,
    },
    {
      series: {
        'wallet_fraud_decisions_total{degraded="true"}': '3x80',
        'wallet_fraud_decisions_total{degraded="false"}': '0+95x80',
      },
      everySeconds: 15,
      fires: false,
    },
    // One of a few in the night.
    {
      series: {
        'wallet_fraud_decisions_total{degraded="true"}': '0x38 1x40',
        'wallet_fraud_decisions_total{degraded="false"}': '0+1x80',
      },
      everySeconds: 15,
      fires: false,
    },
  ],
  EdgeShedding: [
    {
      series: { 'wallet_requests_shed_total{reason="in_flight"}': '0+600x80' },
      everySeconds: 15,
      fires: true,
    },
    {
      series: { 'wallet_requests_shed_total{reason="in_flight"}': '0+6x80' },
      everySeconds: 15,
      fires: false,
    },
  ],
  LoginsRefused: [
    {
      series: {
        'wallet_logins_total{result="refused"}': '0+60x20',
        'wallet_logins_total{result="accepted"}': '0+20x20',
      },
      fires: true,
    },
    {
      series: {
        'wallet_logins_total{result="refused"}': '0+20x20',
        'wallet_logins_total{result="accepted"}': '0+60x20',
      },
      fires: false,
    },
    // A person who has forgotten the password.
    { series: { 'wallet_logins_total{result="refused"}': '0+1x20' }, fires: false },
  ],
  PasswordQueueFull: [
    { series: { wallet_password_queue_requests: '12x20' }, fires: true },
    { series: { wallet_password_queue_requests: '3x20' }, fires: false },
  ],
  ProcessUnhealthy: [
    { series: { 'up{job="wallet",instance="a"}': '1x5 0x15' }, fires: true },
    { series: { 'wallet_event_loop_lag_seconds{quantile="p99"}': '1x20' }, fires: true },
    { series: { 'up{job="wallet",instance="a"}': '1x20' }, fires: false },
  ],
};

/** One rule in one Prometheus: `eval` gives how often the alert is firing at minute 10. */
function storyFile(alert: (typeof alerts)[number], index: number, story: Story): string {
  const ruleOnly = join(folder, `${alert.name}-${index}.rules.yml`);
  writeFileSync(ruleOnly, renderRules({ recordings: [], recordingSeconds: 30, alerts: [alert] }));
  const file = join(folder, `${alert.name}-${index}.test.yml`);
  const firing = `count(ALERTS{alertname="${alert.name}",alertstate="firing"}) > bool 0`;
  const inputSeries = Object.entries(story.series).map(([series, values]) => ({ series, values }));
  const expected = story.fires ? [{ value: 1 }] : [];
  const tests = [
    {
      interval: `${story.everySeconds ?? 60}s`,
      input_series: inputSeries,
      promql_expr_test: [{ expr: firing, eval_time: '10m', exp_samples: expected }],
    },
  ];
  const content = { rule_files: [ruleOnly], evaluation_interval: '30s', tests };
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

describe('when a metric is not there at all', () => {
  /** Who tells that those are away who should write it. */
  const keepers = {
    monitor: 'VerifierSilent',
    ...{ edge: 'RoleAway', identity: 'RoleAway', streams: 'RoleAway', every: 'RoleAway' },
  } as const;
  const firing = (expr: string): string => `count by (alertname) (${expr})`;

  test('exactly these alerts fire without any series', () => {
    const expected = [
      ...['ChainBehind', 'EmailsLate', 'MonthsShort', 'RoleAway', 'TimersLate', 'VerifierSilent'],
      'WebhooksLate',
    ];
    const file = join(folder, 'nothing.test.yml');
    const exp_samples = expected.map((name) => ({
      labels: `{alertname="${name}"}`,
      value: name === 'RoleAway' ? 3 : 1,
    }));
    const expr = firing('ALERTS{alertstate="firing"}');
    const tests = [{ interval: '1m', promql_expr_test: [{ expr, eval_time: '10m', exp_samples }] }];
    const content = { rule_files: [ruleFile], evaluation_interval: '30s', tests };
    writeFileSync(file, JSON.stringify(content));
    expect(promtool('test', 'rules', file)).toContain('SUCCESS');
    expect(expected).toEqual(expect.arrayContaining(Object.values(keepers)));
  });

  test('every metric that an alert reads has a keeper', () => {
    const isMetric = (name: string): name is MetricName => Object.hasOwn(metricTable, name);
    const read = rules.alerts
      .flatMap(({ expr }) => metricNamesIn(expr))
      .map((name) => metricOfSeries(name, isMetric))
      .filter(isMetric);
    const unkept = read.filter((name) => !Object.hasOwn(keepers, metricTable[name].origin));
    expect(unkept).toEqual([]);
  });
});
