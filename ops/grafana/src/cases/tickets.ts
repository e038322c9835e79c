import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond } from '../expressions.ts';

const ofTickets = '{kind=~"ticket|ticket_.*"}';

/** Conversations with customer service. */
export const tickets: Row = {
  title: 'Tickets',
  panels: [
    {
      title: 'Not closed, by status',
      description: 'Who is asked: us, or the customer (`pending_customer`, `resolved`).',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max by (status) (wallet_tickets_open)', legend: '{{status}}' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'TicketsLate',
    },
    {
      title: 'Late, by promise',
      description: 'Tickets that wait for us past the first answer, news or the end we promised.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max by (clock) (wallet_tickets_late)', legend: '{{clock}}' }],
      threshold: { value: 1 },
      runbook: 'TicketsLate',
    },
    {
      title: 'What is done to tickets',
      description: 'Tickets opened and what is done to them, a second, by kind and outcome.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr:
            `${perSecond(`wallet_commands_total${ofTickets}`, ['kind', 'outcome'])} ` +
            'or vector(0)',
          legend: '{{kind}} {{outcome}}',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'ConsumerLag',
    },
  ],
};
