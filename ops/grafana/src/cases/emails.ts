import { objectives } from '@wallet/runtime';
import type { Row } from '../dashboard.ts';
import { perSecond, quantile } from '../expressions.ts';

/** What goes to people's addresses. */
export const emails: Row = {
  title: 'E-mails',
  panels: [
    {
      title: 'From event to mail server',
      description: 'Of e-mails that are not held back and taken at the first try, p99.',
      kind: 'graph',
      unit: 's',
      queries: [{ expr: quantile(0.99, 'wallet_email_delay_seconds'), legend: 'p99' }],
      threshold: { value: objectives.emailDueSeconds, severity: 'look' },
      runbook: 'EmailsLate',
    },
    {
      title: 'Oldest e-mail that is due',
      description: 'Past its time; what quiet hours or a digest hold back is not due.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: 'time() - min(wallet_emails_oldest_due_timestamp_seconds)',
          legend: 'oldest',
        },
      ],
      threshold: { value: objectives.emailDueSeconds },
      runbook: 'EmailsLate',
    },
    {
      title: 'E-mails that are due',
      description: 'At most ten thousand are counted.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max(wallet_emails_waiting)', legend: 'due' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'EmailsLate',
    },
    {
      title: 'E-mails by result',
      description: 'Messages handed over a second; `failed` will not be tried again.',
      kind: 'graph',
      unit: 'ops',
      queries: [{ expr: perSecond('wallet_email_tries_total', ['result']), legend: '{{result}}' }],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'EmailsLate',
    },
  ],
};
