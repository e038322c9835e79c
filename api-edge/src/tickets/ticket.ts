import {
  findTicket,
  ticketClocks,
  ticketLinkKinds,
  ticketPriorities,
  ticketTeams,
  type Database,
  type ShownTicketStatus,
  type TicketLinkKind,
  type TicketView,
} from '@wallet/core-ledger';
import { topics, type TicketIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import { isStaff } from '../refunds/refund.ts';

export const ticketStatuses = [
  'pending',
  'new',
  'open',
  'pending_customer',
  'pending_internal',
  'resolved',
  'closed',
] as const satisfies readonly ShownTicketStatus[];

export const linkSchema = z
  .strictObject({
    kind: z.enum(ticketLinkKinds),
    id: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[\w.-]+$/)
      .meta({
        description: 'The id of the object; of dead letters, their topic.',
        example: '3f0e7a52-6d1c-8b4e-9a70-5c2d1e8f4b63',
      }),
  })
  .meta({ id: 'TicketLink' });

const clockSchema = z
  .strictObject({
    due_at: fields
      .time()
      .nullable()
      .meta({ description: 'When its time is over; null while it stands still.' }),
    breached_at: fields.time().nullable().meta({ description: 'When its time was over.' }),
  })
  .meta({ id: 'TicketClock' });

/** A ticket as the contract shows it. */
export const ticketSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('ticket'),
    status: z.enum(ticketStatuses),
    subject: fields.text(200).meta({ example: 'Where is my money?' }),
    requester_id: fields
      .id()
      .nullable()
      .meta({ description: 'The customer whose ticket it is; null: ours alone.' }),
    opened_by: z.enum(['requester', 'agent', 'system']),
    priority: z.enum(ticketPriorities),
    team: z.enum(ticketTeams),
    owner_id: fields.id().nullable().meta({ description: 'The member of staff who has it.' }),
    links: z.array(linkSchema).max(100).meta({ description: 'What it is about.' }),
    clocks: z
      .strictObject({
        first_response: clockSchema,
        update: clockSchema,
        resolution: clockSchema,
      })
      .meta({ description: 'They count service time, and stand still while we wait for you.' }),
    first_responded_at: fields.time().nullable(),
    resolved_at: fields.time().nullable(),
    due_by: fields
      .time()
      .nullable()
      .meta({ description: 'When what the status waits for must have happened.' }),
    merged_into_id: fields.id().nullable(),
    follows_id: fields
      .id()
      .nullable()
      .meta({ description: 'The closed ticket that this one goes on from.' }),
    follow_up_id: fields.id().nullable().meta({ description: 'The ticket that goes on from it.' }),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'Ticket' });

export type ShownTicket = z.output<typeof ticketSchema>;

/** Tickets, for accepting, waiting and reading. */
export function createTicketKind(db: Database): IntentKind<TicketIntent, ShownTicket> {
  return {
    noun: 'ticket',
    path: '/tickets',
    topic: topics.ticketIntents,
    keyOf: (intent) => intent.ticket_id,
    partiesOf: ({ caller_id, requester_id }) => [caller_id, requester_id ?? caller_id],
    maySee: (caller, parties) => isStaff(caller) || parties.includes(caller.userId),
    first: pendingTicket,
    async find(id) {
      const view = await findTicket(db.knex, id);
      if (view === null) return null;
      const parties = view.requesterId === null ? [] : [view.requesterId];
      return { shown: shownTicket(view), parties };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

const noClock = { due_at: null, breached_at: null };

function pendingTicket(intent: TicketIntent): ShownTicket {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  const isOwn = intent.requester_id === intent.caller_id;
  return {
    ...{ id: intent.intent_id, object: 'ticket', status: 'pending' },
    ...{ subject: intent.subject ?? '', requester_id: intent.requester_id },
    opened_by: isOwn ? 'requester' : 'agent',
    priority: (intent.priority ?? 'normal') as ShownTicket['priority'],
    team: (intent.team ?? 'service') as ShownTicket['team'],
    ...{ owner_id: null, links: intent.links as ShownTicket['links'] },
    clocks: { first_response: noClock, update: noClock, resolution: noClock },
    ...{ first_responded_at: null, resolved_at: null, due_by: null, merged_into_id: null },
    ...{ follows_id: null, follow_up_id: null, created_at: acceptedAt, updated_at: acceptedAt },
  };
}

export function shownTicket(view: TicketView): ShownTicket {
  const clocks = ticketClocks.map((name) => {
    const { dueAtMs, breachedAtMs } = view.clocks[name];
    return [name, { due_at: timeOf(dueAtMs), breached_at: timeOf(breachedAtMs) }];
  });
  return {
    ...{ id: view.id, object: 'ticket', status: view.status, subject: view.subject },
    ...{ requester_id: view.requesterId, opened_by: view.openedBy, priority: view.priority },
    ...{ team: view.team, owner_id: view.ownerId, links: [...view.about] },
    clocks: Object.fromEntries(clocks) as ShownTicket['clocks'],
    first_responded_at: timeOf(view.firstRespondedAtMs),
    resolved_at: timeOf(view.resolvedAtMs),
    due_by: timeOf(view.deadlineAtMs),
    ...{ merged_into_id: view.mergedIntoId, follows_id: view.followsId },
    follow_up_id: view.followUpId,
    created_at: new Date(view.openedAtMs).toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}

/** What is about our own house is not for customers. */
const ownKinds: readonly TicketLinkKind[] = ['bank_line', 'suspense', 'parked', 'dead_letter'];

/** The ticket as this caller may see it. */
export function ticketFor(caller: Caller, ticket: ShownTicket): ShownTicket {
  if (isStaff(caller)) return ticket;
  return { ...ticket, links: ticket.links.filter(({ kind }) => !ownKinds.includes(kind)) };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
