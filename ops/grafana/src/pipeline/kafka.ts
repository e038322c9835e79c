import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond } from '../expressions.ts';

export const kafka: Row = {
  title: 'Reading from Kafka',
  panels: [
    {
      title: 'Lag in seconds',
      description: 'How long ago the end of the topic stood where the group is now.',
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
      title: 'Lag in records',
      description: 'Records between the group and the end of the topic.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: 'sum by (consumergroup, topic) (kafka_consumergroup_lag)',
          legend: '{{consumergroup}} {{topic}}',
        },
      ],
      threshold: { value: 30_000, severity: 'look' },
      runbook: 'ConsumerLag',
    },
    {
      title: 'Written and read',
      description: 'Records a second: how fast the ends of the topics and the groups move on.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr:
            'sum by (topic) (max by (topic, partition) ' +
            '(rate(kafka_topic_partition_current_offset[$__rate_interval])))',
          legend: '{{topic}} written',
        },
        {
          expr:
            'sum by (consumergroup, topic) ' +
            '(rate(kafka_consumergroup_current_offset[$__rate_interval]))',
          legend: '{{topic}} read by {{consumergroup}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'ConsumerLag',
    },
    {
      title: 'Queues of the subscriptions',
      description: 'Fetched records that wait in a process, and partitions paused for it.',
      kind: 'graph',
      unit: 'short',
      queries: [
        { expr: 'sum by (group) (wallet_subscription_queue_records)', legend: '{{group}} waiting' },
        {
          expr: `${perSecond('wallet_subscription_pauses_total', ['group'])} or vector(0)`,
          legend: '{{group}} pauses a second',
        },
      ],
      threshold: { value: 16_000, severity: 'look' },
      runbook: 'ConsumerLag',
    },
    {
      title: 'Assignments and dropped records',
      description:
        'Assignments of partitions, returns to the positions of the database, and records ' +
        'dropped because they were applied already or their partition was lost.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: perSecond('wallet_subscription_generations_total', ['group']),
          legend: '{{group}} assignments',
        },
        {
          expr: `${perSecond('wallet_subscription_resets_total', ['group'])} or vector(0)`,
          legend: '{{group}} resets',
        },
        {
          expr: perSecond('wallet_subscription_dropped_records_total', ['group', 'reason']),
          legend: '{{group}} dropped: {{reason}}',
        },
      ],
      threshold: { value: 100, severity: 'look' },
      runbook: 'ProcessUnhealthy',
    },
  ],
};
