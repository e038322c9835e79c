import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';

/** Fraud, notifications, and what the processes stand on. */
export const surroundings: readonly Row[] = [
  {
    title: 'Decisions and messages',
    panels: [
      {
        title: 'Fraud decisions',
        description: 'By outcome. A jump of block or review is a rule or an attack.',
        kind: 'graph',
        unit: 'ops',
        queries: [
          {
            expr: 'sum by (outcome) (rate(wallet_fraud_decisions_total[$__rate_interval]))',
            legend: '{{outcome}}',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'FraudDegraded',
      },
      {
        title: 'Decided without velocity',
        description:
          'Share of fraud decisions made by the degraded policy because Redis did not answer in ' +
          'time.',
        kind: 'graph',
        unit: 'percentunit',
        queries: [
          {
            expr:
              'sum(rate(wallet_fraud_decisions_total{degraded="true"}[$__rate_interval])) ' +
              '/ clamp_min(sum(rate(wallet_fraud_decisions_total[$__rate_interval])), 0.001)',
            legend: 'degraded',
          },
        ],
        threshold: { value: 0.01 },
        runbook: 'FraudDegraded',
      },
      {
        title: 'Time to decide, p99',
        description: 'From the start of a fraud batch to its decisions.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr:
              'histogram_quantile(0.99, sum by (le) ' +
              '(rate(wallet_fraud_decision_duration_seconds_bucket[$__rate_interval])))',
            legend: 'p99',
          },
        ],
        threshold: { value: objectives.fraudDecision.thresholdSeconds },
        runbook: 'FraudDegraded',
      },
      {
        title: 'Notifications',
        description: 'By channel and result.',
        kind: 'graph',
        unit: 'ops',
        queries: [
          {
            expr: 'sum by (channel, result) (rate(wallet_notifications_total[$__rate_interval]))',
            legend: '{{channel}} {{result}}',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'PaymentsNotFlowing',
      },
    ],
  },
  {
    title: 'What it stands on',
    panels: [
      {
        title: 'Event-loop lag, p99',
        description: 'Delay of the event loop by process. Above the threshold everything waits.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr:
              'max by (process) (wallet_event_loop_lag_seconds{quantile="p99"} * on (instance) ' +
              'group_left (process) wallet_build_info{process=~"$process"})',
            legend: '{{process}}',
          },
        ],
        threshold: { value: 0.1, severity: 'look' },
        runbook: 'ProcessUnhealthy',
      },
      {
        title: 'CPU',
        description: 'CPU seconds per second by process; 1 is one core, all a process can use.',
        kind: 'graph',
        unit: 'short',
        queries: [
          {
            expr:
              'sum by (process) (rate(process_cpu_seconds_total[$__rate_interval]) ' +
              '* on (instance) group_left (process) wallet_build_info{process=~"$process"})',
            legend: '{{process}}',
          },
        ],
        threshold: { value: 0.9, severity: 'look' },
        runbook: 'ProcessUnhealthy',
      },
      {
        title: 'Database',
        description:
          'Callers waiting for a pooled connection, and batches tried again after a fault.',
        kind: 'graph',
        unit: 'short',
        queries: [
          {
            expr: 'sum(wallet_database_pool_connections{state="waiting"})',
            legend: 'waiting',
          },
          {
            expr: 'sum(rate(wallet_stage_retries_total[$__rate_interval]))',
            legend: 'batches tried again per second',
          },
        ],
        threshold: { value: 5, severity: 'look' },
        runbook: 'DatabaseAway',
      },
      {
        title: 'Redis, p99',
        description: 'Round trips by purpose, as the caller sees them.',
        kind: 'graph',
        unit: 's',
        queries: [
          {
            expr:
              'histogram_quantile(0.99, sum by (le, purpose) ' +
              '(rate(wallet_redis_command_duration_seconds_bucket[$__rate_interval])))',
            legend: '{{purpose}}',
          },
        ],
        threshold: { value: 0.05, severity: 'look' },
        runbook: 'FraudDegraded',
      },
      {
        title: 'Kafka producers',
        description: 'Failed produce requests, producers thrown away, and records waiting.',
        kind: 'graph',
        unit: 'short',
        queries: [
          {
            expr: 'sum(rate(wallet_publisher_sends_total{result="failed"}[$__rate_interval]))',
            legend: 'failed sends per second',
          },
          {
            expr: 'sum(increase(wallet_publisher_producer_rebuilds_total[$__rate_interval]))',
            legend: 'rebuilds',
          },
          { expr: 'sum(wallet_publisher_queue_records)', legend: 'waiting' },
        ],
        threshold: { value: 1000, severity: 'look' },
        runbook: 'KafkaAway',
      },
    ],
  },
];
