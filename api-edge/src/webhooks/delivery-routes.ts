import {
  deliveryStatuses,
  findWebhookEndpoint,
  listDeliveries,
  replayDelivery,
  type Database,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';
import { deliverySchema, shownDelivery } from './webhook.ts';

export type DeliveryDependencies = { db: Database; cursors: Cursors };

const operation = { tag: 'webhooks', idempotent: false } as const;

/** What went to an endpoint, and once more by hand. */
export function deliveryRoutes(route: Route, { db, cursors }: DeliveryDependencies): void {
  route({
    ...operation,
    ...{ method: 'get', path: '/webhook-endpoints/{id}/deliveries', scope: 'webhooks:read' },
    summary: 'List what went to an endpoint',
    params: z.object({ id: fields.id() }),
    query: pageQuery.extend({
      status: z
        .enum(deliveryStatuses)
        .meta({ description: 'Only these.', example: 'failed' })
        .optional(),
    }),
    responses: {
      200: { description: 'A page.', schema: pageOf(deliverySchema, 'WebhookDeliveryPage') },
    },
    errors: ['not_found', 'invalid_cursor'],
    async handler({ caller, params: { id }, query: { status, ...page } }) {
      const endpoint = await findWebhookEndpoint(db.knex, { id, ownerId: caller.userId });
      if (endpoint === null) return refuse('not_found');
      return answerPage(cursors, {
        ...{ scope: `deliveries|${id}|${status ?? ''}`, page, shown: shownDelivery },
        positionOf: (delivery) => delivery.id,
        load: (after, limit) =>
          listDeliveries(db.knex, { endpointId: id, status: status ?? null, after, limit }),
      });
    },
  });
  route({
    ...operation,
    method: 'post',
    path: '/webhook-endpoints/{id}/deliveries/{delivery_id}/replay',
    scope: 'webhooks:write',
    summary: 'Send a delivery again',
    description: 'Under the same `webhook-id`, from the first try on.',
    params: z.object({
      id: fields.id(),
      delivery_id: fields.id().meta({ description: 'Which delivery.' }),
    }),
    responses: { 202: { description: 'It is queued.', schema: deliverySchema } },
    errors: ['not_found', 'invalid_state'],
    async handler({ caller, params: { id, delivery_id: deliveryId } }) {
      const endpoint = await findWebhookEndpoint(db.knex, { id, ownerId: caller.userId });
      if (endpoint === null) return refuse('not_found');
      const replayed = await replayDelivery(db.knex, { endpointId: id, id: deliveryId });
      if (replayed.ok) return { status: 202, body: shownDelivery(replayed.delivery) };
      return refuse(replayed.reason === 'no_such_delivery' ? 'not_found' : 'invalid_state');
    },
  });
}
