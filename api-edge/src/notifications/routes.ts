import { listNotifications, type Database, type NotificationView } from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuseField } from '../problems.ts';

export type NotificationDependencies = { db: Database; cursors: Cursors };

const notificationSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('notification'),
    status: z.enum(['unread', 'read']),
    template: fields.word('payment.captured'),
    data: z.record(fields.text(100), z.unknown()).meta({ example: { amount_minor: 1250 } }),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'Notification' });

/** The inbox. */
export function notificationRoutes(route: Route, dependencies: NotificationDependencies): void {
  route({
    method: 'get',
    path: '/notifications',
    tag: 'notifications',
    summary: 'List your inbox',
    scope: 'notifications:read',
    idempotent: false,
    query: pageQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(notificationSchema, 'NotificationPage') },
    },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listInbox(dependencies, caller, query),
  });
}

async function listInbox(
  { db, cursors }: NotificationDependencies,
  caller: Caller,
  page: z.output<typeof pageQuery>,
): Promise<Answer> {
  const scope = `notifications|${caller.userId}`;
  const before = page.cursor === undefined ? null : cursors.open(scope, page.cursor);
  if (before === undefined) return refuseField('invalid_cursor', '/cursor');
  // One row beyond the page tells whether there is another.
  const found = await listNotifications(db.knex, {
    recipientId: caller.userId,
    limit: page.limit + 1,
    ...(before === null ? {} : { before: before as string }),
  });
  const shown = found.slice(0, page.limit);
  const last = shown.at(-1);
  const more = last !== undefined && found.length > shown.length;
  return {
    status: 200,
    body: {
      data: shown.map(shownNotification),
      next_cursor: more ? cursors.seal(scope, last.id) : null,
    },
  };
}

function shownNotification(row: NotificationView): z.output<typeof notificationSchema> {
  return {
    id: row.id,
    object: 'notification',
    status: row.read_at === null ? 'unread' : 'read',
    template: row.template,
    data: row.data,
    created_at: row.occurred_at.toISOString(),
    updated_at: (row.read_at ?? row.occurred_at).toISOString(),
  };
}
