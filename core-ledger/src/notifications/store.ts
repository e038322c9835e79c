import type { Queryable } from '../database/database.ts';
import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import { StatementFault } from '../database/session.ts';
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
  /**
   * The same for those that nobody should have been told of yet, at three quarters of the cost: a
   * row that is there already fails the statement, see `isToldAgain`.
   */
  insertNew(notifications: readonly Notification[]): Statement;
};

const insertNewName = 'insert_new_notification';

/** Whether `insertNew` failed because somebody has been told before. */
export function isToldAgain(error: unknown): boolean {
  return (
    error instanceof StatementFault && error.code === '23505' && error.statement === insertNewName
  );
}

/** Keeps the buffers of its statements; one for each writer. */
export function createNotificationStore(): NotificationStore {
  return {
    insert: createInsert('insert_notification', `${insertRows} on conflict do nothing`),
    insertNew: createInsert(insertNewName, insertRows),
  };
}

// In the order of the key: what goes to the same page of the index goes together.
const insertRows = `insert into notification
    (recipient_id, channel, id, template, data, occurred_at, status)
  select r.recipient_id, r.channel, r.id, r.template, r.data::jsonb, r.occurred_at, r.status
  from $rows r(recipient_id, channel, id, template, data, occurred_at, status)
  order by r.recipient_id, r.channel, r.id`;

function createInsert(name: string, text: string): NotificationStore['insert'] {
  const batch = createBatchStatement({
    ...{ name, text },
    columns: {
      recipient_id: 'uuid',
      channel: 'text',
      id: 'uuid',
      template: 'text',
      data: 'text',
      occurred_at: 'timestamptz',
      status: 'text',
    },
  });
  return (notifications) => {
    batch.reset();
    for (const notification of notifications) {
      batch.columns.recipient_id.add(notification.recipientId);
      batch.columns.channel.add(notification.channel);
      batch.columns.id.add(notification.notificationId);
      batch.columns.template.add(notification.template);
      batch.columns.data.add(notification.data);
      batch.columns.occurred_at.add(notification.occurredAtMs);
      batch.columns.status.add(notification.status);
    }
    return batch.statement();
  };
}

/** One page of an inbox, newest first, strictly older than the notification `before` if any. */
export async function listNotifications(
  db: Queryable,
  page: { recipientId: string; limit: number; before?: string | null },
): Promise<NotificationView[]> {
  const { before = null } = page;
  const found = await db.raw<{ rows: NotificationView[] }>(
    `select id, template, data, occurred_at, read_at from notification
     where recipient_id = ? and channel = 'inbox' and status = 'delivered'
       and (?::uuid is null or id < ?::uuid)
     order by id desc limit ?`,
    [page.recipientId, before, before, page.limit],
  );
  return found.rows;
}
