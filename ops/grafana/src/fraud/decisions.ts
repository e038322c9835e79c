import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond, quantile } from '../expressions.ts';

/** What becomes of payments, and what waits for a person. */
export const decisions: Row = {
  title: 'Decisions',
  panels: [
    {
      title: 'Decided',
      description: 'Fraud decisions a second, by outcome and whether the counters answered.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: perSecond('wallet_fraud_decisions_total', ['outcome', 'degraded']),
          legend: '{{outcome}}, degraded {{degraded}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'FraudDegraded',
    },
    {
      title: 'Time to decide',
      description: 'From the start of a fraud batch to its decisions, counters included.',
      kind: 'graph',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'wallet_fraud_decision_duration_seconds'), legend: 'p50' },
        { expr: quantile(0.99, 'wallet_fraud_decision_duration_seconds'), legend: 'p99' },
      ],
      threshold: { value: objectives.fraudDecision.thresholdSeconds },
      runbook: 'FraudDegraded',
    },
    {
      title: 'Made again',
      description:
        'Recorded decisions that the monitor makes again, in an hour, by whether they came out ' +
        'the same. A mismatch must never be.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: 'sum by (result) (increase(wallet_fraud_decisions_explained_total[1h]))',
          legend: '{{result}}',
        },
      ],
      threshold: { value: 100_000, severity: 'look' },
      runbook: 'DecisionsDiffer',
    },
    {
      title: 'Waiting for an analyst',
      description: 'Payments in review; their money is held.',
      kind: 'graph',
      unit: 'short',
      queries: [
        { expr: 'max(wallet_payments_pending{state="in_review"}) or vector(0)', legend: 'cases' },
      ],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'TimersLate',
    },
  ],
};
