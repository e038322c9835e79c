import { latencyBuckets, sizeBuckets } from './buckets.ts';
import type { MetricDefinition } from './definition.ts';
import { groups, partitions, topics } from './label-values.ts';

/** The client side of Kafka, and the lag seen from outside the consumers. */
export const kafkaMetrics = {
  wallet_publisher_queue_records: {
    type: 'gauge',
    help: 'Records waiting in this process to be sent.',
    origin: 'every',
  },
  wallet_publisher_sends_total: {
    type: 'counter',
    help: 'Produce requests by result.',
    origin: 'every',
    labels: { result: ['ok', 'failed'] },
  },
  wallet_publisher_records_total: {
    type: 'counter',
    help: 'Records acknowledged by all in-sync replicas.',
    origin: 'every',
    labels: { topic: topics },
  },
  wallet_publisher_rejections_total: {
    type: 'counter',
    help: 'Records that were not published, by reason.',
    origin: 'every',
    labels: { reason: ['overloaded', 'deadline', 'too_large'] },
  },
  wallet_publisher_send_duration_seconds: {
    type: 'histogram',
    help: 'From a produce request to its acknowledgement.',
    origin: 'every',
    buckets: latencyBuckets,
  },
  wallet_publisher_batch_records: {
    type: 'histogram',
    help: 'Records in one produce request.',
    origin: 'every',
    buckets: sizeBuckets,
  },
  wallet_publisher_producer_rebuilds_total: {
    type: 'counter',
    help: 'Producers thrown away after a failed send.',
    origin: 'every',
  },
  wallet_subscription_queue_records: {
    type: 'gauge',
    help: 'Fetched records waiting in this process to be taken.',
    origin: 'streams',
    labels: { group: groups },
  },
  wallet_subscription_pauses_total: {
    type: 'counter',
    help: 'Partitions paused because their queue was full.',
    origin: 'streams',
    labels: { group: groups },
  },
  wallet_subscription_generations_total: {
    type: 'counter',
    help: 'Assignments of partitions received (one per rebalance).',
    origin: 'streams',
    labels: { group: groups },
  },
  wallet_subscription_resets_total: {
    type: 'counter',
    help: 'Times the subscription went back to the positions of the database.',
    origin: 'streams',
    labels: { group: groups },
  },
  wallet_subscription_dropped_records_total: {
    type: 'counter',
    help: 'Fetched records dropped: already applied, or of a partition that was lost.',
    origin: 'streams',
    labels: { group: groups, reason: ['applied', 'lost'] },
  },
  kafka_consumergroup_lag: {
    type: 'gauge',
    help: 'Records between the group and the end of the partition (name of kafka_exporter).',
    origin: 'monitor',
    labels: { consumergroup: groups, topic: topics, partition: partitions },
  },
  kafka_consumergroup_current_offset: {
    type: 'gauge',
    help: 'Next offset of the group (name of kafka_exporter).',
    origin: 'monitor',
    labels: { consumergroup: groups, topic: topics, partition: partitions },
  },
  kafka_topic_partition_current_offset: {
    type: 'gauge',
    help: 'End of the partition (name of kafka_exporter).',
    origin: 'monitor',
    labels: { topic: topics, partition: partitions },
  },
  wallet_consumer_lag_seconds: {
    type: 'gauge',
    help: 'How long ago the end of the topic stood where the group is now; worst partition.',
    origin: 'monitor',
    labels: { consumergroup: groups, topic: topics },
  },
} as const satisfies Record<string, MetricDefinition>;
