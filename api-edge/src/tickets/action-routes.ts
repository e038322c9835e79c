import {
  decideTicket,
  findRole,
  findTicket,
  ticketPolicy,
  ticketPriorities,
  ticketTeams,
  type TicketAction,
  type TicketCommand,
  type TicketView,
} from '@wallet/core-ledger';
import { topics, type TicketIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionErrors, actionResponses } from '../actions/routes.ts';
import type { Answer, Call, Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField, type Refusal } from '../problems.ts';
import { isStaff } from '../refunds/refund.ts';
import { objectionToLinks } from './links.ts';
import type { TicketDependencies } from './routes.ts';
import { linkSchema, ticketStatuses } from './ticket.ts';

const reason = fields
  .text(500)
  .optional()
  .meta({ description: 'Kept in the history of the ticket, which its customer sees.' });

const messageRequest = z
  .strictObject({
    body: fields.text(10_000).meta({ example: 'We are looking into it.' }),
    internal: z.boolean().default(false).meta({ description: 'For the staff alone.' }),
  })
  .meta({ id: 'TicketMessageRequest' });

const transitionRequest = z
  .strictObject({ to: z.enum(ticketStatuses).exclude(['pending', 'new']), reason })
  .meta({ id: 'TicketTransitionRequest' });

const assignmentRequest = z
  .strictObject({
    owner_id: fields
      .id()
      .nullable()
      .optional()
      .meta({ description: 'Null gives it back to the team.' }),
    team: z.enum(ticketTeams).optional(),
    priority: z.enum(ticketPriorities).optional(),
    reason,
  })
  .meta({ id: 'TicketAssignmentRequest' });

const mergeRequest = z
  .strictObject({ into_id: fields.id(), reason })
  .meta({ id: 'TicketMergeRequest' });

const operation = {
  ...({ method: 'post', tag: 'tickets', idempotent: true } as const),
  params: z.object({ id: fields.id() }),
  responses: actionResponses('ticket'),
} as const;

/** What customers and staff do to tickets. */
export function ticketActionRoutes(route: Route, dependencies: TicketDependencies): void {
  const act = createAct(dependencies);
  route({
    ...operation,
    path: '/tickets/{id}/messages',
    summary: 'Say something in a ticket',
    description:
      'A customer’s word opens a resolved ticket again; to a closed one it begins another ticket ' +
      '(`follow_up_id`) that goes on from it.',
    scope: 'tickets:write',
    body: messageRequest,
    errors: [...actionErrors, 'ticket_merged', 'ticket_followed_up', 'message_limit_reached'],
    handler: (call) =>
      act(
        call,
        { body: call.body.body, internal: call.body.internal },
        {
          ...{ ...one(call.caller), action: 'ticket_message', internal: call.body.internal },
          followUpId: '',
        },
      ),
  });
  route({
    ...operation,
    path: '/tickets/{id}/transitions',
    summary: 'Change the status of a ticket',
    description:
      'Customers resolve, close and open again; the staff does everything. While a ticket is ' +
      '`pending_customer` its clocks stand still.',
    scope: 'tickets:write',
    body: transitionRequest,
    errors: [...actionErrors, 'ticket_merged'],
    handler: (call) =>
      act(
        call,
        { to: call.body.to, reason: call.body.reason ?? null },
        {
          ...{ ...one(call.caller), action: 'ticket_transition', to: call.body.to },
        },
      ),
  });
  assignmentRoute(route, dependencies, act);
  bindingRoutes(route, dependencies, act);
}

type Act = ReturnType<typeof createAct>;

function assignmentRoute(route: Route, dependencies: TicketDependencies, act: Act): void {
  route({
    ...operation,
    path: '/tickets/{id}/assignment',
    summary: 'Give a ticket an owner, a team, a priority',
    description: 'What is not said stays as it is. Another priority has other deadlines.',
    scope: 'tickets:work',
    body: assignmentRequest,
    errors: [...actionErrors, 'ticket_merged', 'owner_not_staff'],
    async handler(call) {
      const { owner_id: ownerId, team, priority, reason: why } = call.body;
      if (typeof ownerId === 'string' && !(await isOfStaff(dependencies, ownerId))) {
        return refuseField('owner_not_staff', '/owner_id');
      }
      const intent = {
        ...{ owner_id: ownerId ?? null, releases_owner: ownerId === null, team: team ?? null },
        ...{ priority: priority ?? null, reason: why ?? null },
      };
      return act(call, intent, { ...one(call.caller), action: 'ticket_assignment' });
    },
  });
}

/** What tickets have to do with objects and with each other. */
function bindingRoutes(route: Route, { db }: TicketDependencies, act: Act): void {
  route({
    ...operation,
    path: '/tickets/{id}/links',
    summary: 'Say what a ticket is about',
    scope: 'tickets:work',
    body: linkSchema,
    errors: [...actionErrors, 'ticket_merged', 'link_not_found', 'link_limit_reached'],
    async handler(call) {
      const objection = await objectionToLinks(db, call.caller, [call.body], () => '/id');
      if (objection !== null) return objection;
      return act(call, { links: [call.body] }, { ...one(call.caller), action: 'ticket_link' });
    },
  });
  route({
    ...operation,
    path: '/tickets/{id}/merge',
    summary: 'Make a ticket part of another one',
    description:
      'Both must be of the same customer. This one is closed, and linked from the other.',
    scope: 'tickets:work',
    body: mergeRequest,
    errors: [
      ...actionErrors,
      ...(['ticket_merged', 'ticket_not_found', 'different_requester'] as const),
      'link_limit_reached',
    ],
    async handler(call) {
      const intoId = call.body.into_id.toLowerCase();
      const into = (await findTicket(db.knex, intoId)) ?? undefined;
      const intent = { other_ticket_id: intoId, reason: call.body.reason ?? null };
      return act(call, intent, { ...one(call.caller), action: 'ticket_merge', into });
    },
  });
}

/** Who does it, and when. */
const one = (caller: Caller) => ({ by: actorOf(caller), atMs: Date.now() });

function actorOf(caller: Caller): 'agent' | 'requester' {
  return isStaff(caller) ? 'agent' : 'requester';
}

async function isOfStaff({ db }: TicketDependencies, userId: string): Promise<boolean> {
  const role = await findRole(db.knex, userId);
  return role === 'support' || role === 'operator';
}

type ActionCall = Call<unknown, unknown, { id: string }>;

/** Accepts an action unless committed state is against it. */
function createAct({ db, accept }: TicketDependencies) {
  return async (
    call: ActionCall,
    asked: Partial<TicketIntent>,
    command: TicketCommand,
  ): Promise<Answer> => {
    const { caller, params } = call;
    const ticket = await findTicket(db.knex, params.id.toLowerCase());
    const isTheirs = ticket !== null && (isStaff(caller) || ticket.requesterId === caller.userId);
    if (!isTheirs) return refuse('not_found');
    const objection = objectionOf(ticket, command);
    if (objection?.problem === 'not_allowed_for_party') return objection;
    const { action } = command;
    const kind = createActionKind<TicketIntent>({
      ...{ db, noun: 'ticket', kind: action, topic: topics.ticketIntents },
      nounIdOf: ({ ticket_id }) => ticket_id,
    });
    return accept(call, { kind, objection, intent: intentOf(action, ticket, caller, asked) });
  };
}

function objectionOf(ticket: TicketView, command: TicketCommand): Refusal | null {
  const decided = decideTicket(ticket, command, ticketPolicy);
  if (decided.ok) return null;
  const { mergedIntoId, followUpId, status } = ticket;
  const extensions = {
    ticket_status: status,
    ...(mergedIntoId === null ? {} : { merged_into_id: mergedIntoId }),
    ...(followUpId === null ? {} : { follow_up_id: followUpId }),
  };
  return refuse(decided.reason, { extensions });
}

function intentOf(
  kind: TicketAction,
  ticket: TicketView,
  caller: Caller,
  asked: Partial<TicketIntent>,
) {
  return (given: { id: string; payloadHash: Buffer; acceptedAtMs: number }): TicketIntent => ({
    ...{ intent_id: given.id, ticket_id: ticket.id, kind, caller_id: caller.userId },
    ...{ actor_role: caller.role, requester_id: null, subject: null, body: null },
    ...{ internal: false, links: [], to: null, reason: null, owner_id: null, team: null },
    ...{ releases_owner: false, priority: null, other_ticket_id: null, amount_minor: 0n },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
    ...asked,
  });
}
