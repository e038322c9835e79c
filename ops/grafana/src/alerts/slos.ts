import { objectives } from '@wallet/runtime';
import type { Alert } from './alerts.ts';

/** What was promised, as a share of events that must be good. */
export type Slo = {
  /** Value of the label `slo`. */
  name: string;
  /** The promise in a sentence. */
  title: string;
  /** Share of good events, over 30 days. */
  target: number;
  /** Events a second over five minutes, as PromQL; `bad` counts those of `total` that were not. */
  bad: string;
  total: string;
  /** Name of its alerts and of their page in ops/runbooks. */
  alert: string;
};

export type Recording = { record: string; expr: string; labels?: Readonly<Record<string, string>> };

const journey = objectives.endToEnd;
const decision = objectives.fraudDecision;

const tooLate = ({ metric, thresholdSeconds }: typeof journey | typeof decision): string =>
  `sum(rate(${metric}_count[5m])) - sum(rate(${metric}_bucket{le="${thresholdSeconds}"}[5m]))`;

/** One list: recording rules, alerts and the panels of the budgets are made from it. */
export const slos: readonly Slo[] = [
  {
    name: 'edge_availability',
    title: 'The edge answers without a fault of ours.',
    target: objectives.edgeAvailability.target,
    bad: 'sum(rate(wallet_http_requests_total{status=~"5.."}[5m]))',
    total: 'sum(rate(wallet_http_requests_total[5m]))',
    alert: 'EdgeErrors',
  },
  {
    name: 'intents_ended',
    title: 'What was accepted comes to an end and is not put aside.',
    target: objectives.intentsEnded.target,
    bad: 'sum(rate(wallet_dead_letters_total[5m]))',
    total: 'sum(rate(wallet_intents_accepted_total[5m]))',
    alert: 'IntentsPutAside',
  },
  {
    name: 'end_to_end',
    title: `A payment is decided within ${journey.thresholdSeconds} s of its acceptance.`,
    target: journey.target,
    bad: tooLate(journey),
    total: `sum(rate(${journey.metric}_count[5m]))`,
    alert: 'EndToEndSlow',
  },
  {
    name: 'fraud_decision',
    title: `A fraud decision takes at most ${decision.thresholdSeconds * 1000} ms.`,
    target: decision.target,
    bad: tooLate(decision),
    total: `sum(rate(${decision.metric}_count[5m]))`,
    alert: 'FraudSlow',
  },
];

/** Over how long the share of bad events is kept. */
const windows = ['30m', '1h', '2h', '6h', '1d', '3d'] as const;

/**
 * Bad and all events a second of each promise, and the share of bad ones over each window. Long
 * windows add up the recorded rates: nothing reads days of raw samples.
 */
export const sloRecordings: readonly Recording[] = [
  ...slos.flatMap(({ name: slo, bad, total }): Recording[] => [
    { record: 'slo:bad:rate5m', expr: `(${bad}) or vector(0)`, labels: { slo } },
    { record: 'slo:total:rate5m', expr: total, labels: { slo } },
  ]),
  { record: 'slo:bad:ratio5m', expr: 'slo:bad:rate5m / slo:total:rate5m' },
  ...windows.map((window) => ({
    record: `slo:bad:ratio${window}`,
    expr: `sum_over_time(slo:bad:rate5m[${window}]) / sum_over_time(slo:total:rate5m[${window}])`,
  })),
];

/** Seconds between two evaluations of the recordings: what one recorded rate stands for. */
export const recordingSeconds = 30;

type Burn = { factor: number; long: (typeof windows)[number]; short: '5m' | '30m' | '2h' | '6h' };

/** How fast the budget of 30 days burns: in two days or five, or in ten or thirty. */
const burns: Readonly<Record<Alert['severity'], readonly Burn[]>> = {
  page: [
    { factor: 14.4, long: '1h', short: '5m' },
    { factor: 6, long: '6h', short: '30m' },
  ],
  ticket: [
    { factor: 3, long: '1d', short: '2h' },
    { factor: 1, long: '3d', short: '6h' },
  ],
};

/** With fewer events in the long window a share says nothing. */
const fewestEvents = 50;

export const sloAlerts: readonly Alert[] = slos.flatMap((slo) =>
  (['page', 'ticket'] as const).map((severity) => ({
    name: slo.alert,
    expr: burns[severity].map((burn) => `(${burnOf(slo, burn)})`).join(' or '),
    holds: '0s',
    severity,
    summary:
      `${slo.title} Too often it is not so: the budget of 30 days ` +
      (severity === 'page' ? 'is gone in days.' : 'will not last.'),
  })),
);

/** The long window says that it matters, the short one that it still goes on. */
function burnOf({ name, target }: Slo, { factor, long, short }: Burn): string {
  const limit = Number((factor * (1 - target)).toPrecision(4));
  const of = `{slo="${name}"}`;
  const events = `sum_over_time(slo:total:rate5m${of}[${long}]) * ${recordingSeconds}`;
  return (
    `slo:bad:ratio${long}${of} > ${limit} and slo:bad:ratio${short}${of} > ${limit} ` +
    `and ${events} > ${fewestEvents}`
  );
}
