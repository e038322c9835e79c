import { objectives } from '@wallet/runtime';
import type { Alert } from './alerts.ts';

/** What waits for people, for a bank, or to be told. */
export const caseAlerts: readonly Alert[] = [
  {
    name: 'TicketsLate',
    expr: 'max by (clock) (wallet_tickets_late) > 0',
    holds: '0s',
    severity: 'ticket',
    summary: '{{ $value }} tickets wait for us past what was promised: {{ $labels.clock }}.',
  },
  {
    name: 'InTransitOld',
    expr:
      'time() - min(wallet_settlements_oldest_waiting_timestamp_seconds{state="in_transit"}) > ' +
      `${objectives.bankAnswerSeconds}`,
    holds: '5m',
    severity: 'ticket',
    summary: 'A bank has not answered for a settlement for three days.',
  },
  {
    name: 'WebhooksLate',
    expr:
      'time() - min(wallet_webhook_oldest_due_timestamp_seconds{endpoints="well"}) > ' +
      `${objectives.webhookDueSeconds} ` +
      'or absent(wallet_webhook_oldest_due_timestamp_seconds)',
    holds: '15s',
    severity: 'ticket',
    summary: 'Webhooks are due and do not go out, though their endpoints are well.',
  },
  {
    name: 'EmailsLate',
    expr:
      'time() - min(wallet_emails_oldest_due_timestamp_seconds) > ' +
      `${objectives.emailDueSeconds} ` +
      'or absent(wallet_emails_oldest_due_timestamp_seconds)',
    holds: '15s',
    severity: 'ticket',
    summary: 'E-mails are due and do not go out.',
  },
];
