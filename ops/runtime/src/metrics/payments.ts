import { journeyBuckets } from './buckets.ts';
import { bounded, type MetricDefinition } from './definition.ts';
import {
  currencies,
  intentKinds,
  invariantIds,
  monitorChecks,
  pendingStates,
  timerJobs,
} from './label-values.ts';

/** Is money right, and does it reach its end: the first page of the dashboards. */
export const paymentMetrics = {
  wallet_payment_end_to_end_duration_seconds: {
    type: 'histogram',
    help: 'From the acceptance of an intent to the commit of its outcome in the ledger.',
    origin: 'streams',
    labels: {
      kind: ['payment', 'top_up'],
      outcome: ['captured', 'authorized', 'in_review', 'succeeded', 'rejected', 'failed'],
    },
    buckets: journeyBuckets,
  },
  wallet_refusals_total: {
    type: 'counter',
    help: 'Intents that the ledger or fraud refused, by failure code.',
    origin: 'streams',
    labels: { kind: intentKinds, code: bounded(60, 'failure codes of the contract') },
  },
  wallet_payments_pending: {
    type: 'gauge',
    help: 'Payments without a final state: records ahead of a stage, or rows of the database.',
    origin: 'monitor',
    labels: { state: pendingStates },
  },
  wallet_payments_oldest_pending_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the oldest payment of the state waits; the time of the look when none does.',
    origin: 'monitor',
    labels: { state: pendingStates },
  },
  wallet_timer_runs_total: {
    type: 'counter',
    help: 'Runs of the periodic jobs, by how they went.',
    origin: 'streams',
    labels: { job: timerJobs, result: ['done', 'failed'] },
  },
  wallet_timer_ended_total: {
    type: 'counter',
    help: 'Payments and holds that a periodic job ended because their time was over.',
    origin: 'streams',
    labels: { job: timerJobs },
  },
  wallet_timers_overdue: {
    type: 'gauge',
    help: 'What is past its deadline and has not been ended yet.',
    origin: 'monitor',
    labels: { kind: timerJobs },
  },
  wallet_timers_oldest_overdue_timestamp_seconds: {
    type: 'gauge',
    help: 'The oldest deadline that has passed without effect; the time of the look when none has.',
    origin: 'monitor',
    labels: { kind: timerJobs },
  },
  wallet_ledger_imbalance_minor_units: {
    type: 'gauge',
    help: 'Sum of all balances of a currency. Anything but 0 means that money is wrong.',
    origin: 'monitor',
    labels: { currency: currencies },
  },
  wallet_invariant_violations: {
    type: 'gauge',
    help: 'Rows that break the invariant, found by its last check. Must be 0.',
    origin: 'monitor',
    labels: { id: invariantIds },
  },
  wallet_invariant_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the invariant was last checked to the end; until then, when checking began.',
    origin: 'monitor',
    labels: { id: invariantIds },
  },
  wallet_invariant_last_full_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the invariant was last checked over all rows; until then, when checking began.',
    origin: 'monitor',
    labels: { id: invariantIds },
  },
  wallet_invariant_check_duration_seconds: {
    type: 'gauge',
    help: 'How long the last check of the invariant took.',
    origin: 'monitor',
    labels: { id: invariantIds },
  },
  wallet_chain_height_blocks: {
    type: 'gauge',
    help: 'Blocks of the chain of hashes over all transfers.',
    origin: 'monitor',
  },
  wallet_chain_sealed_transfers_total: {
    type: 'counter',
    help: 'Transfers that this process has sealed in the chain.',
    origin: 'monitor',
  },
  wallet_chain_oldest_unsealed_timestamp_seconds: {
    type: 'gauge',
    help: 'When the oldest transfer in no block was posted; the time of the look when none is.',
    origin: 'monitor',
  },
  wallet_ledger_months_until_timestamp_seconds: {
    type: 'gauge',
    help: 'Up to when there are months that entries can be written to.',
    origin: 'monitor',
  },
  wallet_monitor_failures_total: {
    type: 'counter',
    help: 'Rounds of the monitor that could not be finished, by what they look at.',
    origin: 'monitor',
    labels: { check: monitorChecks },
  },
  wallet_monitor_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the monitor last finished a round, by what it looks at.',
    origin: 'monitor',
    labels: { check: monitorChecks },
  },
} as const satisfies Record<string, MetricDefinition>;
