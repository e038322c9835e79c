import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';

const oldest = 'wallet_settlements_oldest_waiting_timestamp_seconds';

/** Merchants' money on its way to banks. */
export const settlements: Row = {
  title: 'Settlements',
  panels: [
    {
      title: 'Batches that wait',
      description: 'For a second person who approves them, and for the bank.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max by (state) (wallet_settlements_waiting)', legend: '{{state}}' }],
      threshold: { value: 500, severity: 'look' },
      runbook: 'InTransitOld',
    },
    {
      title: 'Oldest that the bank has not answered',
      description: 'Since it was sent. A bank that is silent for three days is asked.',
      kind: 'graph',
      unit: 's',
      queries: [{ expr: `max(time() - ${oldest}{state="in_transit"})`, legend: 'in transit' }],
      threshold: { value: objectives.bankAnswerSeconds },
      runbook: 'InTransitOld',
    },
    {
      title: 'Oldest that nobody has approved',
      description: 'Since it was made: its merchant waits for money that is his.',
      kind: 'graph',
      unit: 's',
      queries: [
        { expr: `max(time() - ${oldest}{state="pending_approval"})`, legend: 'to approve' },
      ],
      threshold: { value: objectives.approvalSeconds, severity: 'look' },
      runbook: 'InTransitOld',
    },
    {
      title: 'In transit by age',
      description: 'Minor units sent and not answered: within a day, within three, before.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: 'max by (currency, age) (wallet_settlements_in_transit_minor_units) or vector(0)',
          legend: '{{currency}} {{age}}',
        },
      ],
      threshold: { value: 1_000_000_000, severity: 'look' },
      runbook: 'InTransitOld',
    },
  ],
};
