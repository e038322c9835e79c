import { deriveId } from '../ledger/ids.ts';
import type { Notification, NotificationTemplate } from './notification.ts';

/** What happened to a payment, as `payment-events` tells it. */
export type PaymentFact = {
  event_id: string;
  type: string;
  payment_id: string;
  payer_id: string;
  payee_id: string;
  amount_minor: bigint;
  currency: string;
  status: string;
  failure_code: string | null;
  occurred_at: number;
};

type Rule = { template: NotificationTemplate; payer: boolean; payee: boolean };

/** Who learns what. A refusal is the payer's business alone: the payee never had the money. */
const rules: Readonly<Record<string, Rule>> = {
  'payment.captured': { template: 'payment.captured', payer: true, payee: true },
  'payment.failed': { template: 'payment.failed', payer: true, payee: false },
  'payment.rejected': { template: 'payment.failed', payer: true, payee: false },
  'payment.expired': { template: 'payment.failed', payer: true, payee: false },
  'payment.in_review': { template: 'payment.in_review', payer: true, payee: false },
};

/** The inbox notifications of one payment event: none, one or two, the same ones each time. */
export function decideNotifications(fact: PaymentFact): Notification[] {
  const rule = rules[fact.type];
  if (rule === undefined) return [];
  const recipients = new Set<string>();
  if (rule.payer) recipients.add(fact.payer_id);
  if (rule.payee) recipients.add(fact.payee_id);
  const data = JSON.stringify({
    payment_id: fact.payment_id,
    amount_minor: Number(fact.amount_minor),
    currency: fact.currency,
    status: fact.status,
    ...(fact.failure_code === null ? {} : { failure_code: fact.failure_code }),
  });
  const notificationId = deriveId(fact.occurred_at, fact.event_id, 'notification');
  return [...recipients].map((recipientId) => ({
    notificationId,
    recipientId,
    channel: 'inbox',
    template: rule.template,
    data,
    occurredAtMs: fact.occurred_at,
  }));
}
