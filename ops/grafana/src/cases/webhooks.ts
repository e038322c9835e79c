import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond, quantile } from '../expressions.ts';

const delay = objectives.webhookDelay;

/** What goes to machines of others. */
export const webhooks: Row = {
  title: 'Webhooks',
  panels: [
    {
      title: 'From event to arrival',
      description: 'Of deliveries that arrive at the first try: how long after their event, p99.',
      kind: 'graph',
      unit: 's',
      queries: [{ expr: quantile(0.99, delay.metric), legend: 'p99' }],
      threshold: { value: delay.thresholdSeconds },
      runbook: 'WebhooksLate',
    },
    {
      title: 'Oldest that is due',
      description: 'Past its time, by whether its endpoint is in order. Those that fail may rest.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: 'max by (endpoints) (time() - wallet_webhook_oldest_due_timestamp_seconds)',
          legend: '{{endpoints}}',
        },
      ],
      threshold: { value: objectives.webhookDueSeconds },
      runbook: 'WebhooksLate',
    },
    {
      title: 'Deliveries that are due',
      description: 'At most a thousand of each endpoint; and endpoints that were disabled.',
      kind: 'graph',
      unit: 'short',
      queries: [
        { expr: 'max by (endpoints) (wallet_webhook_waiting)', legend: '{{endpoints}}' },
        { expr: 'sum(increase(wallet_webhook_given_up_total[1h]))', legend: 'given up in an hour' },
      ],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'WebhooksLate',
    },
    {
      title: 'Tries by result',
      description: 'Requests to endpoints a second; `not_allowed` led to an address inside.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        { expr: perSecond('wallet_webhook_tries_total', ['result']), legend: '{{result}}' },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'WebhooksLate',
    },
    {
      title: 'How long endpoints take',
      description: 'From the start of a request to its answer, p99; ten seconds is the deadline.',
      kind: 'graph',
      unit: 's',
      queries: [{ expr: quantile(0.99, 'wallet_webhook_try_duration_seconds'), legend: 'p99' }],
      threshold: { value: 10, severity: 'look' },
      runbook: 'WebhooksLate',
    },
  ],
};
