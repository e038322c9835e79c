import { deriveId } from '../ledger/ids.ts';
import type { Notification, NotificationTemplate } from './notification.ts';
import type { Wishes } from './preferences.ts';
import { nobody } from '../users/user.ts';

/** What happened to something that has a payer and a payee, as its event tells it. */
export type PartiesFact = {
  readonly event_id: string;
  readonly type: string;
  readonly payer_id: string;
  readonly payee_id: string;
  readonly amount_minor: bigint;
  /** Empty where it is not about money. */
  readonly currency: string;
  readonly status: string;
  readonly failure_code: string | null;
  readonly occurred_at: number;
  /** Ids of what it is about, by name: `payment_id`, … */
  readonly about: Readonly<Record<string, string>>;
  /** The noun as the API shows it, for those who are told by webhook; null: nobody is. */
  readonly object: Readonly<Record<string, unknown>> | null;
};

type Rule = { template: NotificationTemplate; payer: boolean; payee: boolean };

/** Who learns what. A refusal is the payer's business alone: the payee never had the money. */
const rules: Readonly<Record<string, Rule>> = {
  'payment.captured': { template: 'payment.captured', payer: true, payee: true },
  'payment.failed': { template: 'payment.failed', payer: true, payee: false },
  'payment.rejected': { template: 'payment.failed', payer: true, payee: false },
  'payment.expired': { template: 'payment.failed', payer: true, payee: false },
  'payment.in_review': { template: 'payment.in_review', payer: true, payee: false },
  'withdrawal.paid': { template: 'generic.message', payer: true, payee: false },
  'withdrawal.returned': { template: 'generic.message', payer: true, payee: false },
  'withdrawal.failed': { template: 'generic.message', payer: true, payee: false },
  'settlement.settled': { template: 'settlement.settled', payer: true, payee: false },
  'settlement.partially_settled': { template: 'generic.message', payer: true, payee: false },
  'settlement.failed': { template: 'generic.message', payer: true, payee: false },
  'settlement.returned': { template: 'generic.message', payer: true, payee: false },
  'ticket.replied': { template: 'ticket.replied', payer: true, payee: false },
  'refund.succeeded': { template: 'refund.succeeded', payer: true, payee: true },
  ...toBoth('dispute.opened', ['opened', 'escalated', 'appealed']),
  ...toBoth('dispute.decided', ['won', 'lost', 'partially_won', 'accepted', 'withdrawn']),
  ...toBoth('dispute.decided', ['expired', 'closed']),
  'dispute.failed': { template: 'dispute.decided', payer: true, payee: false },
};

/** Both parties of a dispute hear that it begins and how it ends. */
function toBoth(template: NotificationTemplate, changes: readonly string[]): Record<string, Rule> {
  const rule = { template, payer: true, payee: true };
  return Object.fromEntries(changes.map((change) => [`dispute.${change}`, rule]));
}

/** What the parties call such an event when they say how they want to hear of it. */
export function templateOf(type: string): NotificationTemplate | null {
  return rules[type]?.template ?? null;
}

/** The inbox notifications of one event: none, one or two, the same ones each time. */
export function decideNotifications(fact: PartiesFact, wishes: Wishes): Notification[] {
  const rule = rules[fact.type];
  if (rule === undefined) return [];
  const recipients = new Set<string>();
  if (rule.payer) recipients.add(fact.payer_id);
  if (rule.payee) recipients.add(fact.payee_id);
  recipients.delete(nobody);
  const money = { amount_minor: Number(fact.amount_minor), currency: fact.currency };
  const data = JSON.stringify({
    ...fact.about,
    ...(fact.currency === '' ? {} : money),
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
    status: wishes.isWanted(recipientId, rule.template, 'inbox') ? 'delivered' : 'suppressed',
  }));
}
