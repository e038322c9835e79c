import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';

/** Money that goes back or is still owed. */
export const returns: Row = {
  title: 'Refunds, debts, clearing, withdrawals',
  panels: [
    {
      title: 'Refunds that wait for money',
      description: 'Accepted refunds whose payee is short; each credit of the payee retries them.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max(wallet_refunds_waiting)', legend: 'refunds' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'TimersLate',
    },
    {
      title: 'Oldest waiting refund',
      description: 'How long it has waited.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: 'max(time() - wallet_refunds_oldest_waiting_timestamp_seconds)',
          legend: 'waits',
        },
      ],
      threshold: { value: 7 * 86_400, severity: 'look' },
      runbook: 'TimersLate',
    },
    {
      title: 'Wallets that owe',
      description: 'Debts of disputes: what these wallets get repays them first.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max(wallet_debtors)', legend: 'wallets' }],
      threshold: { value: 100, severity: 'look' },
      runbook: 'TimersLate',
    },
    {
      title: 'Oldest debt',
      description: 'For how long the first of them has owed; old debts want a person.',
      kind: 'graph',
      unit: 's',
      queries: [{ expr: 'max(time() - wallet_debtors_oldest_timestamp_seconds)', legend: 'owes' }],
      threshold: { value: 90 * 86_400, severity: 'look' },
      runbook: 'TimersLate',
    },
    {
      title: 'Past its deadline',
      description: 'What timers have not come round to, since when the oldest is due, by job.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr:
            'max by (kind) (time() - wallet_timers_oldest_overdue_timestamp_seconds' +
            '{kind=~"disputes|refunds|clearing|rail|settlements|tickets"})',
          legend: '{{kind}}',
        },
      ],
      threshold: { value: objectives.overdueSeconds },
      runbook: 'TimersLate',
    },
  ],
};
