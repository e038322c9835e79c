import { findRole, ticketPriorities, ticketTeams } from '@wallet/core-ledger';
import type { TicketIntent } from '@wallet/schemas';
import { z } from 'zod';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField } from '../problems.ts';
import { isStaff } from '../refunds/refund.ts';
import { objectionToLinks } from './links.ts';
import type { TicketDependencies } from './routes.ts';
import { linkSchema, ticketSchema } from './ticket.ts';

const mostLinks = 10;

const ticketRequest = z
  .strictObject({
    subject: fields.text(200).meta({ example: 'Where is my money?' }),
    body: fields.text(10_000).meta({ example: 'The shop says that nothing came.' }),
    links: z.array(linkSchema).max(mostLinks).default([]),
    requester_id: fields
      .id()
      .optional()
      .meta({ description: 'For the staff: the customer whose ticket it is.' }),
    priority: z.enum(ticketPriorities).optional().meta({ description: 'For the staff.' }),
    team: z.enum(ticketTeams).optional().meta({ description: 'For the staff.' }),
  })
  .meta({ id: 'TicketRequest' });

/** Opening tickets. */
export function ticketOpeningRoutes(route: Route, dependencies: TicketDependencies): void {
  const { db, tickets, accept } = dependencies;
  route({
    method: 'post',
    path: '/tickets',
    tag: 'tickets',
    summary: 'Open a ticket',
    description:
      'A conversation with customer service, about own objects or about nothing in particular. ' +
      'The staff opens them for customers, or without one for itself.',
    scope: 'tickets:write',
    idempotent: true,
    body: ticketRequest,
    responses: acceptedResponses(ticketSchema, 'Opened while the client waited.'),
    errors: ['link_not_found', 'not_allowed_for_party'],
    async handler(call) {
      const { caller, body } = call;
      const { requester_id: requesterId, priority, team } = body;
      const isForStaff = [requesterId, priority, team].some((one) => one !== undefined);
      if (isForStaff && !isStaff(caller)) return refuse('not_allowed_for_party');
      if (requesterId !== undefined && (await findRole(db.knex, requesterId)) === null) {
        return refuseField('link_not_found', '/requester_id');
      }
      const pointerOf = (index: number): string => `/links/${index}/id`;
      const objection = await objectionToLinks(db, caller, body.links, pointerOf);
      return accept(call, { kind: tickets, objection, intent: intentOf(caller, body) });
    },
  });
}

function intentOf(caller: Caller, body: z.output<typeof ticketRequest>) {
  const requesterId = isStaff(caller) ? (body.requester_id ?? null) : caller.userId;
  return (given: { id: string; payloadHash: Buffer; acceptedAtMs: number }): TicketIntent => ({
    ...{ intent_id: given.id, ticket_id: given.id, kind: 'ticket', caller_id: caller.userId },
    ...{ actor_role: caller.role, requester_id: requesterId, subject: body.subject },
    ...{ body: body.body, internal: false, links: body.links, to: null, reason: null },
    ...{ owner_id: null, releases_owner: false, team: body.team ?? null },
    ...{ priority: body.priority ?? null, other_ticket_id: null, amount_minor: 0n },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  });
}
