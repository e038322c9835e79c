import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { outOfBalance } from '../overview/money.ts';

/** Each invariant by itself: what breaks it, and since when it has not been looked at. */
export const checks: Row = {
  title: 'Is money right, by invariant?',
  panels: [
    outOfBalance,
    {
      title: 'Broken by',
      description: 'Rows that break an invariant, found by its last check. Always 0.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max by (id) (wallet_invariant_violations)', legend: '{{id}}' }],
      threshold: { value: 1 },
      runbook: 'LedgerWrong',
    },
    {
      title: 'Since the last check',
      description:
        'Time since each invariant was last checked to the end, over recent rows or all.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: 'time() - min by (id) (wallet_invariant_last_success_timestamp_seconds)',
          legend: '{{id}}',
        },
      ],
      threshold: { value: objectives.invariantAgeSeconds },
      runbook: 'VerifierSilent',
    },
    {
      title: 'Since the last full check',
      description: 'Time since each invariant was last checked over all rows there are.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: 'time() - min by (id) (wallet_invariant_last_full_success_timestamp_seconds)',
          legend: '{{id}}',
        },
      ],
      threshold: { value: objectives.invariantFullAgeSeconds },
      runbook: 'VerifierSilent',
    },
    {
      title: 'What a check takes',
      description: 'Duration of the last check of each invariant.',
      kind: 'graph',
      unit: 's',
      queries: [
        { expr: 'max by (id) (wallet_invariant_check_duration_seconds)', legend: '{{id}}' },
      ],
      threshold: { value: 30, severity: 'look' },
      runbook: 'VerifierSilent',
    },
  ],
};
