import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond } from '../expressions.ts';

export const leaving: Row = {
  title: 'What leaves',
  panels: [
    {
      title: 'Published by topic',
      description: 'Records a second that all in-sync replicas have.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        { expr: perSecond('wallet_publisher_records_total', ['topic']), legend: '{{topic}}' },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'KafkaAway',
    },
    {
      title: 'Events from the outbox',
      description: 'Committed events that the relay has published, a second.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: perSecond('wallet_outbox_published_events_total', ['topic']),
          legend: '{{topic}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'OutboxOld',
    },
    {
      title: 'Waiting in the outbox',
      description: 'Committed events that have not reached Kafka yet.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max(wallet_outbox_unpublished_events)', legend: 'events' }],
      threshold: { value: 10_000, severity: 'look' },
      runbook: 'OutboxOld',
    },
    {
      title: 'Put aside by reason',
      description: 'Dead letters a second, by the topic they were read from.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: `${perSecond('wallet_dead_letters_total', ['topic', 'reason'])} or vector(0)`,
          legend: '{{topic}} {{reason}}',
        },
      ],
      threshold: { value: 0.01, severity: 'look' },
      runbook: 'DeadLetters',
    },
    {
      title: 'Rounds of the monitor that failed',
      description: 'By what could not be looked at; what it watches is not seen meanwhile.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        { expr: perSecond('wallet_monitor_failures_total', ['check']), legend: '{{check}}' },
      ],
      threshold: { value: 0.01, severity: 'look' },
      runbook: 'VerifierSilent',
    },
  ],
};
