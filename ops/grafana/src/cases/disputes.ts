import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond } from '../expressions.ts';

const ofDisputes = '{kind=~"dispute|evidence|submit|accept|withdraw|escalate|decision|appeal"}';

const commands = 'wallet_commands_total';

/** What waits, for whom, and until when. */
export const disputes: Row = {
  title: 'Disputes',
  panels: [
    {
      title: 'Open by status',
      description: 'Disputes that wait: for the payee, for the payer, for our decision.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max by (status) (wallet_disputes_open)', legend: '{{status}}' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'TimersLate',
    },
    {
      title: 'Time to the next deadline',
      description:
        'Of the open dispute that is due first, by status. Below zero the timer is late; what is ' +
        'under review or appeal and comes near zero wants a decision.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr:
            'max by (status) (wallet_disputes_next_due_timestamp_seconds - time() ' +
            'and on (status) wallet_disputes_open > 0) or vector(0)',
          legend: '{{status}}',
        },
      ],
      threshold: { value: -objectives.overdueSeconds, badWhen: 'below' },
      runbook: 'TimersLate',
    },
    {
      title: 'What is done to disputes',
      description: 'Disputes opened and actions on them, a second, by kind and outcome.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: `${perSecond(`${commands}${ofDisputes}`, ['kind', 'outcome'])} or vector(0)`,
          legend: '{{kind}} {{outcome}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
    {
      title: 'Refused by code',
      description: 'Why disputes and actions on them were refused by the ledger.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: `${perSecond(`wallet_refusals_total${ofDisputes}`, ['kind', 'code'])} or vector(0)`,
          legend: '{{kind}} {{code}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
  ],
};
