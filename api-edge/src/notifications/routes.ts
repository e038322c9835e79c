import {
  listNotifications,
  notificationTemplates,
  sendNotification,
  type Database,
  type NotificationView,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';
import { preferenceRoutes } from './preference-routes.ts';
import { settingsRoutes } from './settings-routes.ts';

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

const messageRequest = z
  .strictObject({
    user_id: fields.id(),
    template: z.enum(notificationTemplates),
    data: z
      .record(fields.text(100), fields.text(2_000, 0))
      .refine((data) => Object.keys(data).length <= 20)
      .meta({ description: 'What it says.', example: { title: 'Hello', text: 'Welcome.' } }),
    channels: z
      .array(z.enum(['inbox', 'email', 'webhook']))
      .min(1)
      .max(3)
      .default(['inbox']),
  })
  .meta({ id: 'NotificationRequest' });

/** The inbox, and what staff writes there by hand. */
export function notificationRoutes(route: Route, dependencies: NotificationDependencies): void {
  const { db, cursors } = dependencies;
  preferenceRoutes(route, dependencies);
  settingsRoutes(route, dependencies);
  route({
    method: 'post',
    path: '/notifications',
    tag: 'notifications',
    summary: 'Send a user a message',
    description: 'It is sent as an event would be: as the user wants to hear of its template.',
    scope: 'notifications:write',
    idempotent: false,
    body: messageRequest,
    responses: { 202: { description: 'It is on its way.', schema: notificationSchema } },
    errors: ['not_found'],
    async handler({ body: { user_id: userId, template, data, channels } }) {
      const sent = await sendNotification(db, { userId, template, data, channels });
      return sent === null ? refuse('not_found') : { status: 202, body: shownNotification(sent) };
    },
  });
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
    handler: ({ caller: { userId }, query: page }) =>
      answerPage(cursors, {
        ...{ scope: `notifications|${userId}`, page, shown: shownNotification },
        positionOf: ({ id }) => id,
        load: (before, limit) => listNotifications(db.knex, { recipientId: userId, limit, before }),
      }),
  });
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
