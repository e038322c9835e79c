import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { mean } from '../expressions.ts';

const availability =
  '1 - (sum(rate(wallet_http_requests_total{status=~"5.."}[$__rate_interval])) or vector(0))' +
  ' / clamp_min(sum(rate(wallet_http_requests_total[$__rate_interval])), 0.001)';

/** What comes in must come out: accepted at the door, finished in the ledger. */
export const flow: readonly Row[] = [
  {
    title: 'Does it flow?',
    panels: [
      {
        title: 'Accepted and finished',
        description:
          'Intents acknowledged at the edge and intents whose outcome is committed. The lines ' +
          'lie on each other; a gap is a queue that grows.',
        kind: 'graph',
        unit: 'ops',
        queries: [
          {
            expr: 'sum(rate(wallet_intents_accepted_total[$__rate_interval]))',
            legend: 'accepted',
          },
          {
            expr: 'sum(rate(wallet_payment_end_to_end_duration_seconds_count[$__rate_interval]))',
            legend: 'finished',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'PaymentsNotFlowing',
      },
      {
        title: 'Outcomes',
        description: 'Finished payments by outcome, and refusals of all intents by failure code.',
        kind: 'graph',
        unit: 'ops',
        queries: [
          {
            expr:
              'sum by (outcome) ' +
              '(rate(wallet_payment_end_to_end_duration_seconds_count[$__rate_interval]))',
            legend: '{{outcome}}',
          },
          {
            expr: 'sum by (code) (rate(wallet_refusals_total[$__rate_interval])) or vector(0)',
            legend: 'refused {{code}}',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'PaymentsNotFlowing',
      },
      {
        title: 'Records by stage',
        description: 'What each stage has finished with. A stage at 0 stops all behind it.',
        kind: 'graph',
        unit: 'ops',
        queries: [
          {
            expr: 'sum by (stage) (rate(wallet_stage_records_total[$__rate_interval]))',
            legend: '{{stage}}',
          },
          {
            expr: 'sum by (stage) (rate(wallet_stage_retries_total[$__rate_interval]))',
            legend: '{{stage}} retries',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'PaymentsNotFlowing',
      },
      {
        title: 'Payments without an end',
        description:
          'By state: received and screening counted as records ahead of the stages, in_review ' +
          'and authorized in the database, parked behind an earlier intent.',
        kind: 'graph',
        unit: 'short',
        queries: [
          { expr: 'max by (state) (wallet_payments_pending)', legend: '{{state}}' },
          { expr: 'max(wallet_parked_intents)', legend: 'parked' },
        ],
        threshold: { value: 30_000, severity: 'look' },
        runbook: 'ConsumerLag',
      },
      {
        title: 'Past their deadline',
        description:
          'What is overdue, what timers ended a second, and runs of timers that failed, by job: ' +
          'authorizations, reviews, disputes, windows of settlements, tickets.',
        kind: 'graph',
        unit: 'short',
        queries: [
          { expr: 'max by (kind) (wallet_timers_overdue)', legend: '{{kind}} overdue' },
          {
            expr: 'sum by (job) (rate(wallet_timer_ended_total[$__rate_interval]))',
            legend: '{{job}} ended',
          },
          {
            expr:
              'sum by (job) ' +
              '(rate(wallet_timer_runs_total{result="failed"}[$__rate_interval]))',
            legend: '{{job}} failed',
          },
        ],
        threshold: { value: 1_000, severity: 'look' },
        runbook: 'TimersLate',
      },
    ],
  },
  {
    title: 'The door',
    panels: [
      {
        title: 'Availability of the edge',
        description: 'Share of requests that were not answered with 5xx.',
        kind: 'graph',
        unit: 'percentunit',
        queries: [{ expr: availability, legend: 'available' }],
        threshold: { value: objectives.edgeAvailability.target, badWhen: 'below' },
        runbook: 'EdgeErrors',
      },
      {
        title: 'Requests by status',
        description: 'Answered requests per second.',
        kind: 'graph',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (status) (rate(wallet_http_requests_total[$__rate_interval]))',
            legend: '{{status}}',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'EdgeErrors',
      },
      {
        title: 'Turned away',
        description:
          'Requests answered 503 before anything was accepted, and records the publisher did not ' +
          'take, by reason.',
        kind: 'graph',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (reason) (rate(wallet_requests_shed_total[$__rate_interval]))',
            legend: 'shed: {{reason}}',
          },
          {
            expr: 'sum by (reason) (rate(wallet_publisher_rejections_total[$__rate_interval]))',
            legend: 'not published: {{reason}}',
          },
        ],
        threshold: { value: 1, severity: 'look' },
        runbook: 'EdgeShedding',
      },
      {
        title: 'Heartbeat',
        description:
          'What the payment of the monitor takes, every fifteen seconds, from its request to the ' +
          'answer that it is captured; and since when none has gone through.',
        kind: 'graph',
        unit: 's',
        queries: [
          { expr: mean('wallet_heartbeat_duration_seconds'), legend: 'takes' },
          {
            expr: 'time() - max(wallet_monitor_last_success_timestamp_seconds{check="heartbeat"})',
            legend: 'last',
          },
        ],
        threshold: { value: objectives.heartbeatSeconds },
        runbook: 'HeartbeatLost',
      },
      {
        title: 'Idempotency keys',
        description:
          'What the key of a request said. Replays are clients that retry; "reused" is a client ' +
          'with a fault; "unavailable" means that Redis is away.',
        kind: 'graph',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (result) (rate(wallet_idempotency_total[$__rate_interval]))',
            legend: '{{result}}',
          },
        ],
        threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
        runbook: 'EdgeErrors',
      },
    ],
  },
];
