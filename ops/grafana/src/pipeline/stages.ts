import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { mean, perSecond, quantile } from '../expressions.ts';

export const stages: Row = {
  title: 'Stages',
  panels: [
    {
      title: 'Records by outcome',
      description: 'What each stage has finished with: done, duplicate, parked, dead letter.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: perSecond('wallet_stage_records_total', ['stage', 'outcome']),
          legend: '{{stage}} {{outcome}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
    {
      title: 'Waiting before a stage, p99',
      description: 'From the time stamp of the oldest record of a batch to the start of the batch.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: quantile(0.99, 'wallet_stage_queue_wait_seconds', ['stage']),
          legend: '{{stage}}',
        },
      ],
      threshold: { value: 1, severity: 'look' },
      runbook: 'ConsumerLag',
    },
    {
      title: 'Work of a stage, p99',
      description: 'From the start of a batch to the commit of its effects.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: quantile(0.99, 'wallet_stage_processing_seconds', ['stage']),
          legend: '{{stage}}',
        },
      ],
      threshold: { value: 0.25, severity: 'look' },
      runbook: 'EndToEndSlow',
    },
    {
      title: 'Records in a batch',
      description: 'Mean by stage. Full batches mean a backlog that is being worked off.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: mean('wallet_stage_batch_records', ['stage']), legend: '{{stage}}' }],
      threshold: { value: 500, severity: 'look' },
      runbook: 'ConsumerLag',
    },
    {
      title: 'Tried again and given up',
      description:
        'Batches a second that were tried again after a passing fault, and those dropped because ' +
        'another member had moved their offsets.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        { expr: perSecond('wallet_stage_retries_total', ['stage']), legend: '{{stage}} again' },
        {
          expr: perSecond('wallet_stage_zombie_aborts_total', ['stage']),
          legend: '{{stage}} not ours any more',
        },
      ],
      threshold: { value: 1, severity: 'look' },
      runbook: 'ProcessUnhealthy',
    },
  ],
};
