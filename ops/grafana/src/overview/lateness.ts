import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';

const journey = 'wallet_payment_end_to_end_duration_seconds';
const quantile = (share: number, metric: string, by = ''): string =>
  `histogram_quantile(${share}, sum by (le${by}) (rate(${metric}_bucket[$__rate_interval])))`;

// Counted from the late ones, so that an idle hour shows 1 and not 0.
const inTime =
  `1 - (sum(rate(${journey}_count[$__rate_interval]))` +
  ` - sum(rate(${journey}_bucket{le="${objectives.endToEnd.thresholdSeconds}"}` +
  `[$__rate_interval]))) / clamp_min(sum(rate(${journey}_count[$__rate_interval])), 0.001)`;

/** From acceptance to the ledger, and where the time goes. */
export const lateness: readonly Row[] = [
  {
    title: 'How late is it?',
    panels: [
      {
        title: 'Accepted to committed',
        description: 'End to end, from the acceptance of an intent to the commit of its outcome.',
        kind: 'graph',
        unit: 's',
        queries: [
          { expr: quantile(0.5, journey), legend: 'p50' },
          { expr: quantile(0.99, journey), legend: 'p99' },
        ],
        threshold: { value: objectives.endToEnd.thresholdSeconds },
        runbook: 'EndToEndSlow',
      },
      {
        title: `Within ${objectives.endToEnd.thresholdSeconds} s`,
        description: 'Share of intents that reached their end in time.',
        kind: 'graph',
        unit: 'percentunit',
        queries: [{ expr: inTime, legend: 'in time' }],
        threshold: { value: objectives.endToEnd.target, badWhen: 'below' },
        runbook: 'EndToEndSlow',
      },
      {
        title: 'Oldest payment on its way',
        description: 'Age of the oldest payment that is not yet decided or not yet settled.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr:
              'time() - min by (state) (wallet_payments_oldest_pending_timestamp_seconds' +
              '{state=~"received|screening"})',
            legend: '{{state}}',
          },
          { expr: 'time() - min(wallet_parked_oldest_timestamp_seconds)', legend: 'parked' },
        ],
        threshold: { value: objectives.oldestPendingSeconds },
        runbook: 'PaymentsNotFlowing',
      },
      {
        title: 'Consumer lag',
        description:
          'How long ago the end of the topic stood where the group is now, measured outside the ' +
          'consumers: it is still there when they are dead.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr: 'max by (consumergroup, topic) (wallet_consumer_lag_seconds)',
            legend: '{{consumergroup}} {{topic}}',
          },
        ],
        threshold: { value: objectives.consumerLagSeconds },
        runbook: 'ConsumerLag',
      },
      {
        title: 'Oldest unpublished event',
        description: 'Age of the oldest committed event that has not reached Kafka.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr: 'time() - min(wallet_outbox_oldest_unpublished_timestamp_seconds)',
            legend: 'age',
          },
        ],
        threshold: { value: objectives.outboxAgeSeconds },
        runbook: 'OutboxOld',
      },
    ],
  },
  {
    title: 'Where the time goes',
    panels: [
      {
        title: 'Waiting before a stage, p99',
        description: 'From the time stamp of the oldest record of a batch to its start.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr: quantile(0.99, 'wallet_stage_queue_wait_seconds', ', stage'),
            legend: '{{stage}}',
          },
        ],
        threshold: { value: 1, severity: 'look' },
        runbook: 'EndToEndSlow',
      },
      {
        title: 'Work of a stage, p99',
        description: 'From the start of a batch to the commit of its effects.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr: quantile(0.99, 'wallet_stage_processing_seconds', ', stage'),
            legend: '{{stage}}',
          },
        ],
        threshold: { value: 0.5, severity: 'look' },
        runbook: 'EndToEndSlow',
      },
      {
        title: 'Records behind',
        description: 'Records between a group and the end of its topic, and unpublished events.',
        kind: 'graph',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (consumergroup, topic) (kafka_consumergroup_lag)',
            legend: '{{consumergroup}} {{topic}}',
          },
          { expr: 'max(wallet_outbox_unpublished_events)', legend: 'outbox' },
        ],
        threshold: { value: 30_000, severity: 'look' },
        runbook: 'ConsumerLag',
      },
      {
        title: 'Requests, p99',
        description: 'Answer times of the edge by route; waiting on request is included.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr: quantile(0.99, 'wallet_http_request_duration_seconds', ', method, route'),
            legend: '{{method}} {{route}}',
          },
        ],
        threshold: { value: objectives.edgeLatency.thresholdSeconds, severity: 'look' },
        runbook: 'EndToEndSlow',
      },
    ],
  },
];
