import type { Queryable } from '../database/database.ts';
import type { Notification } from './notification.ts';

/** A row of someone's inbox, newest first. */
export type NotificationView = {
  id: string;
  template: string;
  data: Record<string, unknown>;
  occurred_at: Date;
  read_at: Date | null;
};

/**
 * Writes notifications in one statement; those that exist already stay as they are, so a replayed
 * topic tells nobody anything twice. Answers how many were new.
 */
export async function insertNotifications(
  trx: Queryable,
  notifications: readonly Notification[],
): Promise<number> {
  if (notifications.length === 0) return 0;
  const inserted = await trx.raw<{ rowCount: number }>(
    `insert into notification (recipient_id, channel, id, template, data, occurred_at)
     select recipient_id, channel, id, template, data, to_timestamp(occurred_at_ms / 1000.0)
     from unnest(?::uuid[], ?::text[], ?::uuid[], ?::text[], ?::jsonb[], ?::bigint[])
       as n(recipient_id, channel, id, template, data, occurred_at_ms)
     on conflict do nothing`,
    [
      notifications.map((notification) => notification.recipientId),
      notifications.map((notification) => notification.channel),
      notifications.map((notification) => notification.notificationId),
      notifications.map((notification) => notification.template),
      notifications.map((notification) => notification.data),
      notifications.map((notification) => notification.occurredAtMs),
    ],
  );
  return inserted.rowCount;
}

/** One page of an inbox, newest first, strictly older than the notification `before`. */
export async function listNotifications(
  db: Queryable,
  page: { recipientId: string; limit: number; before?: string },
): Promise<NotificationView[]> {
  const found = await db.raw<{ rows: NotificationView[] }>(
    `select id, template, data, occurred_at, read_at from notification
     where recipient_id = ? and channel = 'inbox' and (?::uuid is null or id < ?::uuid)
     order by id desc limit ?`,
    [page.recipientId, page.before ?? null, page.before ?? null, page.limit],
  );
  return found.rows;
}
