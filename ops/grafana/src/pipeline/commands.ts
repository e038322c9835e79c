import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond, quantile } from '../expressions.ts';

/** What is no new payment: top-ups, captures, refunds, disputes, … */
export const commands: Row = {
  title: 'Commands',
  panels: [
    {
      title: 'Commands by outcome',
      description: 'Intents that are no payments, by kind and what became of them.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: perSecond('wallet_commands_total', ['kind', 'outcome']),
          legend: '{{kind}} {{outcome}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
    {
      title: 'Accepted to committed, p99',
      description: 'From the acceptance of a command to the commit of its outcome, by kind.',
      kind: 'graph',
      unit: 's',
      queries: [
        { expr: quantile(0.99, 'wallet_command_duration_seconds', ['kind']), legend: '{{kind}}' },
      ],
      threshold: { value: objectives.endToEnd.thresholdSeconds, severity: 'look' },
      runbook: 'CommandsNotFlowing',
    },
    {
      title: 'Refused by code',
      description: 'What the ledger or fraud refused, by kind and failure code.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: `${perSecond('wallet_refusals_total', ['kind', 'code'])} or vector(0)`,
          legend: '{{kind}} {{code}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
  ],
};
