import type { Queryable } from '../database/database.ts';
import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { Notification } from './notification.ts';

/** A row of someone's inbox, newest first. */
export type NotificationView = {
  id: string;
  template: string;
  data: Record<string, unknown>;
  occurred_at: Date;
  read_at: Date | null;
};

export type NotificationStore = {
  /**
   * One statement for all of them; those that exist already stay as they are, so a replayed topic
   * tells nobody anything twice. Its row count is how many were new.
   */
  insert(notifications: readonly Notification[]): Statement;
};

/** Keeps the buffers of its statement; one for each writer. */
export function createNotificationStore(): NotificationStore {
  const batch = createBatchStatement({
    name: 'insert_notification',
    text: `insert into notification (recipient_id, channel, id, template, data, occurred_at)
      select r.recipient_id, r.channel, r.id, r.template, r.data::jsonb, r.occurred_at
      from $rows r(recipient_id, channel, id, template, data, occurred_at)
      on conflict do nothing`,
    columns: {
      recipient_id: 'uuid',
      channel: 'text',
      id: 'uuid',
      template: 'text',
      data: 'text',
      occurred_at: 'timestamptz',
    },
  });
  return {
    insert(notifications) {
      batch.reset();
      for (const notification of notifications) {
        batch.columns.recipient_id.add(notification.recipientId);
        batch.columns.channel.add(notification.channel);
        batch.columns.id.add(notification.notificationId);
        batch.columns.template.add(notification.template);
        batch.columns.data.add(notification.data);
        batch.columns.occurred_at.add(notification.occurredAtMs);
      }
      return batch.statement();
    },
  };
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
