import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { renderRules } from './rules.ts';
import { recordingSeconds, sloAlerts, sloRecordings, slos } from './slos.ts';

const folder = mkdtempSync(join(tmpdir(), 'wallet-slos-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** So much a minute, from the first minute on. */
type Traffic = { events: number; bad: number };
type Phase = Traffic & { minutes: number };

/** The series of an SLO with `events` a minute, of which `bad` are bad. */
const seriesOf: Readonly<
  Record<string, (of: (pick: (at: Traffic) => number) => string) => Record<string, string>>
> = {
  edge_availability: (of) => ({
    'wallet_http_requests_total{status="503"}': of(({ bad }) => bad),
    'wallet_http_requests_total{status="202"}': of(({ events, bad }) => events - bad),
  }),
  intents_ended: (of) => ({
    'wallet_dead_letters_total{topic="t"}': of(({ bad }) => bad),
    'wallet_intents_accepted_total{kind="payment"}': of(({ events }) => events),
  }),
  end_to_end: (of) => histogram('wallet_payment_end_to_end_duration_seconds', '2', of),
  fraud_decision: (of) => histogram('wallet_fraud_decision_duration_seconds', '0.1', of),
};

function histogram(
  metric: string,
  le: string,
  of: (pick: (at: Traffic) => number) => string,
): Record<string, string> {
  return {
    [`${metric}_count`]: of(({ events }) => events),
    [`${metric}_bucket{le="${le}"}`]: of(({ events, bad }) => events - bad),
  };
}

/** A counter in promtool's notation. */
function counter(phases: readonly Phase[], pick: (at: Traffic) => number): string {
  let value = 0;
  return phases
    .map((phase) => {
      const text = `${value}+${pick(phase)}x${phase.minutes - 1}`;
      value += pick(phase) * phase.minutes;
      return text;
    })
    .join(' ');
}

/** Whether exactly these severities of the SLO's alert fire at the end of these phases. */
function expectFiring(
  slo: (typeof slos)[number],
  phases: readonly Phase[],
  expected: readonly ('page' | 'ticket')[],
): void {
  const minutes = phases.reduce((sum, phase) => sum + phase.minutes, 0);
  const series = seriesOf[slo.name]?.((pick) => counter(phases, pick)) ?? {};
  const others = slos.filter(({ name }) => name !== slo.name).map(({ name }) => name);
  const rulesFile = join(folder, `${slo.name}.rules.yml`);
  const recordings = sloRecordings.filter(({ labels }) => !others.includes(labels?.['slo'] ?? ''));
  const alerts = sloAlerts.filter(({ name }) => name === slo.alert);
  writeFileSync(rulesFile, renderRules({ recordings, recordingSeconds, alerts }));
  const file = join(folder, `${slo.name}.test.yml`);
  const content = {
    rule_files: [rulesFile],
    evaluation_interval: `${recordingSeconds}s`,
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: `count by (severity) (ALERTS{alertname="${slo.alert}",alertstate="firing"})`,
            eval_time: `${minutes}m`,
            exp_samples: expected.map((severity) => ({
              labels: `{severity="${severity}"}`,
              value: 1,
            })),
          },
        ],
      },
    ],
  };
  writeFileSync(file, JSON.stringify(content));
  // promtool says what fires instead.
  const said = execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  expect(said).toContain('SUCCESS');
}

describe.each(slos.map((slo) => [slo.name, slo] as const))('the promise of %s', (_name, slo) => {
  const budget = 1 - slo.target;
  const events = 10_000;
  const badAt = (factor: number): Traffic => ({
    events,
    bad: Math.round(events * budget * factor),
  });

  test('pages within the hour when the budget burns twenty times too fast', () => {
    expectFiring(slo, [{ ...badAt(20), minutes: 60 }], ['page', 'ticket']);
  });

  test('pages no longer half an hour after it was mended', () => {
    const phases = [
      { ...badAt(20), minutes: 60 },
      { ...badAt(0), minutes: 40 },
    ];
    expectFiring(slo, phases, ['ticket']);
  });

  test('pages when it burns eight times too fast for hours', () => {
    expectFiring(slo, [{ ...badAt(8), minutes: 360 }], ['page', 'ticket']);
  });

  test('is a ticket when it burns four times too fast for hours', () => {
    expectFiring(slo, [{ ...badAt(4), minutes: 360 }], ['ticket']);
  });

  test('is quiet when half the budget is used', () => {
    expectFiring(slo, [{ ...badAt(0.5), minutes: 360 }], []);
  });

  test('is quiet when one of a few events is bad', () => {
    const lonely = [
      { events: 0, bad: 0, minutes: 50 },
      { events: 4, bad: 1, minutes: 1 },
      { events: 0, bad: 0, minutes: 3 },
    ];
    expectFiring(slo, lonely, []);
  });
});
