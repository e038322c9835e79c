import { latencyBuckets, journeyBuckets, sizeBuckets } from './buckets.ts';
import { bounded, type MetricDefinition } from './definition.ts';
import { deadLetterReasons, outcomeKinds, stages, topics } from './label-values.ts';

/** Does it flow: the stages between the intents topic and the events topics. */
export const pipelineMetrics = {
  wallet_stage_records_total: {
    type: 'counter',
    help: 'Records a stage has finished with, by what became of them.',
    origin: 'streams',
    labels: { stage: stages, outcome: ['done', 'duplicate', 'parked', 'dead_letter'] },
  },
  wallet_stage_batch_records: {
    type: 'histogram',
    help: 'Records in one batch of a stage.',
    origin: 'streams',
    labels: { stage: stages },
    buckets: sizeBuckets,
  },
  wallet_stage_queue_wait_seconds: {
    type: 'histogram',
    help: 'From the time stamp of the oldest record of a batch to the start of the batch.',
    origin: 'streams',
    labels: { stage: stages },
    buckets: journeyBuckets,
  },
  wallet_stage_processing_seconds: {
    type: 'histogram',
    help: 'From the start of a batch to the commit of its effects.',
    origin: 'streams',
    labels: { stage: stages },
    buckets: latencyBuckets,
    exemplars: true,
  },
  wallet_stage_retries_total: {
    type: 'counter',
    help: 'Batches tried again after a transient fault.',
    origin: 'streams',
    labels: { stage: stages },
  },
  wallet_stage_zombie_aborts_total: {
    type: 'counter',
    help: 'Batches dropped because another member had moved the database offset.',
    origin: 'streams',
    labels: { stage: stages },
  },
  wallet_dead_letters_total: {
    type: 'counter',
    help: 'Records put aside for good, by the topic they were read from and the reason.',
    origin: 'streams',
    labels: { topic: topics, reason: deadLetterReasons },
  },
  wallet_dead_letter_records: {
    type: 'gauge',
    help: 'Dead letters of a topic that nobody has handled.',
    origin: 'monitor',
    labels: { topic: topics },
  },
  wallet_parked_intents: {
    type: 'gauge',
    help: 'Intents waiting behind an earlier one of the same account.',
    origin: 'monitor',
  },
  wallet_parked_oldest_timestamp_seconds: {
    type: 'gauge',
    help: 'When the oldest parked intent was parked; the time of the check when none is.',
    origin: 'monitor',
  },
  wallet_outbox_unpublished_events: {
    type: 'gauge',
    help: 'Committed events that have not reached Kafka yet.',
    origin: 'monitor',
  },
  wallet_outbox_oldest_unpublished_timestamp_seconds: {
    type: 'gauge',
    help: 'When the oldest unpublished event was committed; the time of the check when none is.',
    origin: 'monitor',
  },
  wallet_outbox_published_events_total: {
    type: 'counter',
    help: 'Events the relay has published.',
    origin: 'streams',
    labels: { topic: topics },
  },
  wallet_notifications_total: {
    type: 'counter',
    help: 'Notifications by channel and result.',
    origin: 'streams',
    labels: {
      channel: ['inbox', 'email', 'webhook'],
      result: ['delivered', 'duplicate', 'suppressed', 'failed'],
    },
  },
  wallet_webhook_tries_total: {
    type: 'counter',
    help: 'Requests to endpoints of others, by how they ended.',
    origin: 'streams',
    labels: {
      result: [
        ...(['delivered', 'refused', 'redirected', 'gone'] as const),
        ...(['timeout', 'unreachable', 'not_allowed'] as const),
      ],
    },
  },
  wallet_webhook_try_duration_seconds: {
    type: 'histogram',
    help: 'From the start of a request to an endpoint to its answer, or to giving it up.',
    origin: 'streams',
    buckets: latencyBuckets,
  },
  wallet_webhook_delay_seconds: {
    type: 'histogram',
    help: 'From an event to its arrival, of those that arrived at the first try.',
    origin: 'streams',
    buckets: journeyBuckets,
  },
  wallet_webhook_given_up_total: {
    type: 'counter',
    help: 'Endpoints that were disabled because nothing arrives there.',
    origin: 'streams',
  },
  wallet_webhook_waiting: {
    type: 'gauge',
    help: 'Deliveries that are due, to endpoints in order and to those that fail.',
    origin: 'monitor',
    labels: { endpoints: ['well', 'failing'] },
  },
  wallet_webhook_oldest_due_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the oldest of them is due; the time of the check when none is.',
    origin: 'monitor',
    labels: { endpoints: ['well', 'failing'] },
  },
  wallet_email_tries_total: {
    type: 'counter',
    help: 'Messages handed to the mail server, by what became of them.',
    origin: 'streams',
    labels: { result: ['sent', 'retry', 'failed'] },
  },
  wallet_email_delay_seconds: {
    type: 'histogram',
    help: 'From an event to the mail server, of those not held back and taken at the first try.',
    origin: 'streams',
    buckets: journeyBuckets,
  },
  wallet_emails_waiting: {
    type: 'gauge',
    help: 'E-mails that are due.',
    origin: 'monitor',
  },
  wallet_emails_oldest_due_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the oldest of them is due; the time of the check when none is.',
    origin: 'monitor',
  },
  wallet_fraud_decisions_total: {
    type: 'counter',
    help: 'Fraud decisions by outcome; degraded ones were made without velocity.',
    origin: 'streams',
    labels: { outcome: ['approve', 'review', 'block'], degraded: ['true', 'false'] },
  },
  wallet_fraud_decision_duration_seconds: {
    type: 'histogram',
    help: 'From the start of a fraud batch to its decisions, velocity read included.',
    origin: 'streams',
    buckets: latencyBuckets,
  },
  wallet_fraud_rule_hits_total: {
    type: 'counter',
    help: 'Matches of a rule, live or in shadow.',
    origin: 'streams',
    labels: { rule: bounded(200, 'names of the rules in force'), mode: ['live', 'shadow'] },
  },
  wallet_fraud_velocity_updates_total: {
    type: 'counter',
    help: 'Velocity updates by kind of entity and result.',
    origin: 'streams',
    labels: {
      entity: bounded(16, 'entity kinds of the attribute catalogue'),
      result: ['applied', 'duplicate', 'failed'],
    },
  },
  wallet_fraud_outcomes_total: {
    type: 'counter',
    help: 'Outcomes of payments fed back into the counters of rules, by kind.',
    origin: 'streams',
    labels: { kind: outcomeKinds },
  },
  wallet_fraud_ruleset_info: {
    type: 'gauge',
    help: 'Always 1; the label says which rule set this process applies.',
    origin: 'streams',
    labels: { hash: bounded(50, 'hashes of published rule sets') },
  },
  wallet_fraud_decisions_explained_total: {
    type: 'counter',
    help: 'Decisions made again from what was recorded, by whether they came out the same.',
    origin: 'monitor',
    labels: { result: ['match', 'mismatch', 'not_comparable'] },
  },
  wallet_fraud_shadow_payments_total: {
    type: 'counter',
    help: 'Trials of payments on sets in shadow; skipped ones would have cost too much.',
    origin: 'streams',
    labels: { result: ['tried', 'skipped'] },
  },
  wallet_fraud_backtests_total: {
    type: 'counter',
    help: 'Backtests that ended in this process, by how.',
    origin: 'streams',
    labels: { end: ['succeeded', 'failed', 'canceled'] },
  },
  wallet_fraud_rulesets_unusable: {
    type: 'gauge',
    help: 'Rule sets that this process should apply and cannot: another decides in their place.',
    origin: 'streams',
    labels: { mode: ['live', 'shadow'] },
  },
} as const satisfies Record<string, MetricDefinition>;
