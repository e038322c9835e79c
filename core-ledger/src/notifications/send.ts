import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import { deriveId } from '../ledger/ids.ts';
import { decideEmails } from '../emails/email.ts';
import { createEmailWriter } from '../emails/writer.ts';
import { decideDeliveries } from '../webhooks/delivery.ts';
import { createDeliveryWriter, listenersOf } from '../webhooks/writer.ts';
import type { Notification, NotificationTemplate } from './notification.ts';
import { readWishes, wishesOf, type Channels } from './preferences.ts';
import { readersOf, readReaders } from './profile.ts';
import { createNotificationStore, type NotificationView } from './store.ts';

/** A message that a member of staff sends by hand. */
export type MessageToSend = {
  readonly userId: string;
  readonly template: NotificationTemplate;
  readonly data: Readonly<Record<string, unknown>>;
  readonly channels: readonly (keyof Channels)[];
};

/** Sends it as an event would, in one transaction. Null: there is no such user. */
export async function sendNotification(
  db: Pick<Database, 'knex'>,
  message: MessageToSend,
): Promise<NotificationView | null> {
  const { userId, template, data, channels } = message;
  return db.knex.transaction(async (trx) => {
    const found = await trx.raw<{ rows: { now: Date }[] }>(
      'select statement_timestamp() as now from app_user where id = ?::uuid',
      [userId],
    );
    const at = found.rows[0]?.now;
    if (at === undefined) return null;
    const occurredAtMs = at.getTime();
    const id = deriveId(occurredAtMs, randomUUID(), 'message');
    const wishes = wishesOf(await runStatement(trx, readWishes([userId])));
    const notification: Notification = {
      ...{ notificationId: id, recipientId: userId, channel: 'inbox', template, occurredAtMs },
      data: JSON.stringify(data),
      status: wishes.isWanted(userId, template, 'inbox') ? 'delivered' : 'suppressed',
    };
    if (channels.includes('inbox')) {
      await runStatement(trx, createNotificationStore().insert([notification]));
    }
    if (channels.includes('email')) {
      const readers = readersOf(await runStatement(trx, readReaders([userId])));
      const emails = decideEmails([notification], readers, wishes, occurredAtMs);
      if (emails.length > 0) await runStatement(trx, createEmailWriter().insert(emails));
    }
    if (channels.includes('webhook')) {
      const writer = createDeliveryWriter();
      const listeners = listenersOf(await runStatement(trx, writer.listeners([userId])));
      const object = { id, object: 'notification', template, data };
      const event = { eventId: id, type: template, occurredAtMs, object, traceparent: null };
      const isWanted = wishes.isWanted(userId, template, 'webhook');
      const deliveries = decideDeliveries(event, listeners.get(userId) ?? [], isWanted);
      if (deliveries.length > 0) await runStatement(trx, writer.insert(deliveries));
    }
    return { id, template, data, occurred_at: at, read_at: null };
  });
}
