/** What a notification is about; the closed list of `contract.md`. */
export const notificationTemplates = [
  'payment.captured',
  'payment.failed',
  'payment.in_review',
  'refund.succeeded',
  'dispute.opened',
  'dispute.decided',
  'settlement.settled',
  'ticket.replied',
  'generic.message',
] as const;
export type NotificationTemplate = (typeof notificationTemplates)[number];

export type NotificationChannel = 'inbox';

/** One message to one recipient over one channel; its id is derived, so a replay makes no other. */
export type Notification = {
  /** uuid whose first 48 bits are the event's time: newest first is the primary key backwards. */
  notificationId: string;
  recipientId: string;
  channel: NotificationChannel;
  template: NotificationTemplate;
  /** JSON text of what the template shows. */
  data: string;
  occurredAtMs: number;
  /** `suppressed`: its recipient does not want to hear this here. */
  status: 'delivered' | 'suppressed';
};
