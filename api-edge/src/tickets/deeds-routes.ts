import { findTicket, listTicketDeeds } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';
import type { TicketDependencies } from './routes.ts';

const deedSchema = z
  .strictObject({
    at: fields.time(),
    object: fields.word('refund'),
    object_id: fields.id(),
    to: fields.word('succeeded'),
    actor: fields.word('3f0e7a52-6d1c-8b4e-9a70-5c2d1e8f4b63'),
    role: fields.word('support'),
    reason: fields.text(500).nullable().meta({ example: 'broken' }),
  })
  .meta({ id: 'TicketDeed' });

const mostDeeds = 100;
const deedsSchema = z
  .strictObject({ data: z.array(deedSchema).max(mostDeeds) })
  .meta({ id: 'TicketDeeds' });

/** What became of other objects by requests with the header `Ticket-Id`. */
export function ticketDeedsRoutes(route: Route, { db }: TicketDependencies): void {
  route({
    method: 'get',
    path: '/tickets/{id}/deeds',
    tag: 'tickets',
    summary: 'See what was done from a ticket',
    description: 'Changes of other objects that the staff made with `Ticket-Id`; the last 100.',
    scope: 'tickets:work',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'Newest first.', schema: deedsSchema } },
    errors: [],
    async handler({ params }) {
      const ticket = await findTicket(db.knex, params.id.toLowerCase());
      if (ticket === null) return refuse('not_found');
      const deeds = await listTicketDeeds(db.knex, ticket.id, mostDeeds);
      const data = deeds.map(({ at, objectId, ...deed }) => ({
        ...{ ...deed, at: at.toISOString(), object_id: objectId },
      }));
      return { status: 200, body: { data } };
    },
  });
}
