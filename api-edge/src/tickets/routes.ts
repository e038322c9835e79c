import {
  findChanges,
  listTicketMessages,
  listTickets,
  ticketPriorities,
  ticketTeams,
  type Database,
  type TicketMessageView,
  type TicketView,
} from '@wallet/core-ledger';
import type { TicketIntent } from '@wallet/schemas';
import { z } from 'zod';
import { historyPage, historyPageSchema } from '../history/history.ts';
import { isRefusal, type Answer, type Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery, type Page } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { isStaff } from '../refunds/refund.ts';
import {
  shownTicket,
  ticketFor,
  ticketSchema,
  ticketStatuses,
  type ShownTicket,
} from './ticket.ts';

export type TicketDependencies = {
  db: Database;
  cursors: Cursors;
  tickets: IntentKind<TicketIntent, ShownTicket>;
  accept: Accept;
  show: Show;
};

const read = { method: 'get', tag: 'tickets', scope: 'tickets:read', idempotent: false } as const;
const params = z.object({ id: fields.id() });

const messageSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('ticket_message'),
    author_id: fields.id().nullable().meta({ description: 'Null: the system.' }),
    author_role: fields.word('support'),
    internal: z.boolean().meta({ description: 'For the staff alone.' }),
    body: fields.text(10_000).meta({ example: 'We are looking into it.' }),
    written_at: fields.time(),
  })
  .meta({ id: 'TicketMessage' });

/** Seeing tickets and what was said in them. */
export function ticketRoutes(route: Route, dependencies: TicketDependencies): void {
  listRoute(route, dependencies);
  const { db, cursors, tickets, show } = dependencies;
  route({
    ...read,
    path: '/tickets/{id}',
    summary: 'See a ticket',
    params,
    responses: { 200: { description: 'The ticket as it is now.', schema: ticketSchema } },
    errors: ['state_unavailable'],
    async handler({ caller, params: { id } }) {
      const shown = await show(caller, tickets, id);
      if (isRefusal(shown)) return shown;
      return { ...shown, body: ticketFor(caller, shown.body as ShownTicket) };
    },
  });
  route({
    ...read,
    path: '/tickets/{id}/history',
    summary: 'See what happened to a ticket',
    description: 'Every change, newest first: when, from what to what, by whom, why.',
    params,
    query: pageQuery,
    responses: { 200: { description: 'A page.', schema: historyPageSchema } },
    errors: ['invalid_cursor', 'state_unavailable'],
    async handler({ caller, params: { id }, query: page }) {
      const shown = await show(caller, tickets, id);
      if (isRefusal(shown)) return shown;
      const objectId = (shown.body as ShownTicket).id;
      return historyPage(cursors, { objectId, rows: await findChanges(db.knex, objectId), page });
    },
  });
  route({
    ...read,
    path: '/tickets/{id}/messages',
    summary: 'Read what was said in a ticket',
    description: 'Newest first. What the staff notes for itself, customers do not see.',
    params,
    query: pageQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(messageSchema, 'TicketMessagePage') },
    },
    errors: ['invalid_cursor', 'state_unavailable'],
    async handler({ caller, params: { id }, query: page }) {
      const shown = await show(caller, tickets, id);
      if (isRefusal(shown)) return shown;
      return messagesOf(dependencies, caller, { id: (shown.body as ShownTicket).id, page });
    },
  });
}

async function messagesOf(
  { db, cursors }: TicketDependencies,
  caller: Caller,
  { id, page }: { id: string; page: Page },
): Promise<Answer> {
  const withInternal = isStaff(caller);
  return answerPage(cursors, {
    ...{ scope: `ticket messages|${id}|${withInternal}`, page, shown: shownMessage },
    positionOf: ({ version }) => version,
    load: (beforeVersion, limit) =>
      listTicketMessages(db.knex, id, { withInternal, beforeVersion, limit }),
  });
}

function shownMessage(message: TicketMessageView): z.output<typeof messageSchema> {
  return {
    ...{ id: message.id, object: 'ticket_message', author_id: message.authorId },
    ...{ author_role: message.authorRole, internal: message.internal, body: message.body },
    written_at: message.writtenAt.toISOString(),
  };
}

const listQuery = pageQuery.extend({
  status: z
    .enum(ticketStatuses)
    .exclude(['pending'])
    .optional()
    .meta({ description: 'Only tickets that are so.' }),
  team: z.enum(ticketTeams).optional().meta({ description: 'Only those of this team.' }),
  priority: z.enum(ticketPriorities).optional().meta({ description: 'Only these.' }),
  owner_id: fields.id().optional().meta({ description: 'Only those of this member of staff.' }),
  about_id: fields.id().optional().meta({ description: 'Only those about this object.' }),
});

function listRoute(route: Route, dependencies: TicketDependencies): void {
  route({
    ...read,
    path: '/tickets',
    summary: 'List tickets',
    description: 'One’s own; for support and operators all. Newest first.',
    query: listQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(ticketSchema, 'TicketPage') } },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listOwn(dependencies, caller, query),
  });
}

async function listOwn(
  { db, cursors }: TicketDependencies,
  caller: Caller,
  query: z.output<typeof listQuery>,
): Promise<Answer> {
  const filter = {
    requesterId: isStaff(caller) ? null : caller.userId,
    ...{ status: query.status ?? null, team: query.team ?? null },
    ...{ priority: query.priority ?? null, ownerId: query.owner_id ?? null },
    aboutId: query.about_id?.toLowerCase() ?? null,
  };
  return answerPage(cursors, {
    scope: `tickets|${caller.userId}|${Object.values(filter).join('|')}`,
    page: query,
    positionOf: ({ openedAtMs, id }: TicketView) => ({ atMs: openedAtMs, id }),
    shown: (view) => ticketFor(caller, shownTicket(view)),
    load: (before, limit) => listTickets(db.knex, { ...filter, limit, before }),
  });
}
