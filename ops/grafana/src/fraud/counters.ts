import type { Row } from '../dashboard.ts';
import { perSecond } from '../expressions.ts';

/** What rules count on. */
export const counters: Row = {
  title: 'Counters and shadow',
  panels: [
    {
      title: 'Counted',
      description: 'Velocity updates a second, by entity and result.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: perSecond('wallet_fraud_velocity_updates_total', ['entity', 'result']),
          legend: '{{entity}} {{result}}',
        },
      ],
      threshold: { value: 100_000, severity: 'look' },
      runbook: 'FraudDegraded',
    },
    {
      title: 'Outcomes fed back',
      description: 'What became of payments, counted for rules: reviews, disputes, declines.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: `${perSecond('wallet_fraud_outcomes_total', ['kind'])} or vector(0)`,
          legend: '{{kind}}',
        },
      ],
      threshold: { value: 100_000, severity: 'look' },
      runbook: 'FraudDegraded',
    },
    {
      title: 'Tried in shadow',
      description: 'Payments times sets, a second; skipped ones would have cost too much.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: `${perSecond('wallet_fraud_shadow_payments_total', ['result'])} or vector(0)`,
          legend: '{{result}}',
        },
      ],
      threshold: { value: 100_000, severity: 'look' },
      runbook: 'RuleSetUnusable',
    },
  ],
};
