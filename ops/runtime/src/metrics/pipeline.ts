import { latencyBuckets, journeyBuckets, sizeBuckets } from './buckets.ts';
import { bounded, type MetricDefinition } from './definition.ts';
import { deadLetterReasons, stages, topics } from './label-values.ts';

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
    help: 'Records kept in the dead-letter topic of a topic.',
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
  wallet_fraud_ruleset_info: {
    type: 'gauge',
    help: 'Always 1; the label says which rule set this process applies.',
    origin: 'streams',
    labels: { hash: bounded(50, 'hashes of published rule sets') },
  },
} as const satisfies Record<string, MetricDefinition>;
