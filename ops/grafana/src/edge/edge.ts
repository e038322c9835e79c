import { objectives } from '@wallet/runtime';
import { annotations } from '../annotations.ts';
import type { Dashboard, Row } from '../dashboard.ts';
import { mean, perSecond, quantile } from '../expressions.ts';

const most = { value: objectives.testedRatePerSecond, severity: 'look' } as const;
const promised = { value: objectives.edgeLatency.thresholdSeconds, severity: 'look' } as const;

const requests: Row = {
  title: 'Requests',
  panels: [
    {
      title: 'Requests by route',
      description: 'Answered requests a second, by method and route.',
      kind: 'graph',
      unit: 'reqps',
      queries: [
        {
          expr: perSecond('wallet_http_requests_total', ['method', 'route']),
          legend: '{{method}} {{route}}',
        },
      ],
      threshold: most,
      runbook: 'EdgeShedding',
    },
    {
      title: 'Time to answer by route, p99',
      description: 'From the first byte of a request to the end of its answer, waiting included.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: quantile(0.99, 'wallet_http_request_duration_seconds', ['method', 'route']),
          legend: '{{method}} {{route}}',
        },
      ],
      threshold: promised,
      runbook: 'EdgeErrors',
    },
    {
      title: 'At work',
      description: 'Requests being worked on, clients that wait for an outcome, open streams.',
      kind: 'graph',
      unit: 'short',
      queries: [
        { expr: 'sum(wallet_http_requests_in_flight)', legend: 'in flight' },
        { expr: 'sum(wallet_waiting_clients)', legend: 'waiting for an outcome' },
        { expr: 'sum(wallet_http_streams_open)', legend: 'streams' },
      ],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'EdgeShedding',
    },
  ],
};

const refused: Row = {
  title: 'What is not done',
  panels: [
    {
      title: 'Faults of ours by route',
      description: 'Answers with 5xx a second. Each 500 has a line in the log with its request id.',
      kind: 'graph',
      unit: 'reqps',
      queries: [
        {
          expr:
            `${perSecond('wallet_http_requests_total{status=~"5.."}', ['route', 'status'])} ` +
            'or vector(0)',
          legend: '{{status}} {{route}}',
        },
      ],
      threshold: { value: 1, severity: 'look' },
      runbook: 'EdgeErrors',
    },
    {
      title: 'Faults of clients by status',
      description: 'Answers with 4xx a second. A jump is a client that was deployed, or an attack.',
      kind: 'graph',
      unit: 'reqps',
      queries: [
        {
          expr:
            `${perSecond('wallet_http_requests_total{status=~"4.."}', ['status'])} ` +
            'or vector(0)',
          legend: '{{status}}',
        },
      ],
      threshold: { value: 100, severity: 'look' },
      runbook: 'EdgeErrors',
    },
    {
      title: 'Turned away by reason',
      description: 'Answered 503 before anything was accepted; clients may try again.',
      kind: 'graph',
      unit: 'reqps',
      queries: [
        { expr: perSecond('wallet_requests_shed_total', ['reason']), legend: '{{reason}}' },
      ],
      threshold: { value: 1, severity: 'look' },
      runbook: 'EdgeShedding',
    },
    {
      title: 'What keys said',
      description: 'Idempotency keys: first, repeated, used with another body, still in flight.',
      kind: 'graph',
      unit: 'reqps',
      queries: [{ expr: perSecond('wallet_idempotency_total', ['result']), legend: '{{result}}' }],
      threshold: most,
      runbook: 'EdgeErrors',
    },
  ],
};

const accepted: Row = {
  title: 'What is accepted',
  panels: [
    {
      title: 'Accepted by kind',
      description: 'Intents that all in-sync replicas have, answered 202.',
      kind: 'graph',
      unit: 'ops',
      queries: [{ expr: perSecond('wallet_intents_accepted_total', ['kind']), legend: '{{kind}}' }],
      threshold: most,
      runbook: 'PaymentsNotFlowing',
    },
    {
      title: 'Time to publish',
      description: 'From a produce request to its acknowledgement by all in-sync replicas.',
      kind: 'graph',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'wallet_publisher_send_duration_seconds'), legend: 'p50' },
        { expr: quantile(0.99, 'wallet_publisher_send_duration_seconds'), legend: 'p99' },
      ],
      threshold: { value: 0.1, severity: 'look' },
      runbook: 'KafkaAway',
    },
    {
      title: 'Records in a produce request',
      description: 'Larger ones are cheaper for each record; 1 is an idle edge.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: mean('wallet_publisher_batch_records'), legend: 'mean' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'EdgeShedding',
    },
  ],
};

/** For who looks after the door: what comes, what is refused and why, what is accepted. */
export const edge: Dashboard = {
  uid: 'wallet-edge',
  title: 'Wallet: edge',
  description: 'What comes in, what is refused and why, what is accepted.',
  rows: [requests, refused, accepted],
  variables: [],
  annotations,
};
