import { createHash } from 'node:crypto';
import {
  createTicketShelf,
  createTicketWriter,
  decideTicket,
  deriveId,
  nobody,
  openTicket,
  ticketActions,
  ticketPolicy,
} from '@wallet/core-ledger';
import type {
  Ticket,
  TicketAction,
  TicketActor,
  TicketCommand,
  TicketLink,
  TicketPriority,
  TicketRefusal,
  TicketShelf,
  TicketStatus,
  TicketTeam,
  TicketWriter,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { TicketIntent } from '@wallet/schemas';
import { createActionBook } from '../commands/actions.ts';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import type { Desk, Kind, Settled, Trade, Work } from '../posting/kind.ts';
import { applyStep } from './ticket-changes.ts';

type TicketWork = Pick<Work<TicketIntent>, 'value' | 'record'>;
type Parts = { readonly desk: Desk; readonly shelf: TicketShelf; readonly writer: TicketWriter };

/** Tickets: opening one, and all that customers and staff do to it. No money is touched here. */
export function createTickets(desk: Desk): Trade {
  const parts = { desk, shelf: createTicketShelf('wait'), writer: createTicketWriter() };
  const { shelf, writer } = parts;
  const actions = createActionBook(desk);
  const opening: Kind<TicketIntent> = {
    ...kindOf(shelf, 'ticket'),
    decide: (work) => open(parts, work),
  };
  const doings = ticketActions.map((action): Kind<TicketIntent> => ({
    ...kindOf(shelf, action),
    decide(work) {
      const { value: intent, record } = work;
      const code = act(parts, work, action);
      const ownerId = shelf.get(intent.ticket_id)?.requesterId ?? nobody;
      return actions.record(intent, record, {
        ...{ kind: action, noun: 'ticket', nounId: intent.ticket_id, code },
        // Nobody's wallet, and no currency (ISO 4217).
        told: { walletId: nobody, ownerId, currency: 'XXX' },
      });
    },
  }));
  return { kinds: [opening, ...doings], shelves: [shelf], writers: [writer, actions] };
}

/** What all kinds have in common: no accounts, so that order is that of the topic alone. */
function kindOf(shelf: TicketShelf, kind: 'ticket' | TicketAction) {
  return {
    kind,
    topic: topics.ticketIntents,
    isOne: (intent: TicketIntent) => intent.kind === kind,
    intentOf: (intent: TicketIntent) => intent,
    concerns: () => ({ walletIds: [], paymentId: null }),
    accounts: () => ({ touched: [], ordered: null }),
    ask(intent: TicketIntent) {
      if (intent.kind !== 'ticket') shelf.ask(intent.ticket_id);
      if (intent.kind === 'ticket_merge') shelf.ask(intent.other_ticket_id ?? '');
    },
  };
}

/** In whose name somebody of a role acts who is not the customer. */
const openers: Readonly<Record<string, Ticket['openedBy']>> = {
  ...{ system: 'system', support: 'agent', operator: 'agent', admin: 'agent' },
};

function open({ desk, shelf, writer }: Parts, { value: intent, record }: TicketWork): Settled {
  const { intent_id: id, accepted_at: acceptedAtMs } = intent;
  const links = intent.links as readonly TicketLink[];
  const step = openTicket(
    {
      ...{ id, requesterId: intent.requester_id, subject: intent.subject ?? '', links },
      openedBy: openers[intent.actor_role] ?? 'requester',
      ...(intent.team === null ? {} : { team: intent.team as TicketTeam }),
      ...(intent.priority === null ? {} : { priority: intent.priority as TicketPriority }),
      ...{ followsId: intent.other_ticket_id, atMs: acceptedAtMs },
    },
    ticketPolicy,
  );
  const messageId = deriveId(acceptedAtMs, id, 'message');
  applyStep(desk, shelf, step, { ...causeOf({ value: intent, record }), messageId });
  writer.addMessage(messageOf(intent, messageId, step.ticket));
  for (const link of links) writer.addLink(id, link);
  return { kind: 'ticket', outcome: 'succeeded', code: null, acceptedAtMs };
}

/** Why the action is refused; null once it is done. */
function act(parts: Parts, work: TicketWork, action: TicketAction): TicketRefusal | null {
  const { desk, shelf, writer } = parts;
  const { value: intent } = work;
  const ticket = shelf.get(intent.ticket_id);
  if (ticket === undefined) return 'ticket_not_found';
  const by = actorIn(ticket, intent);
  if (by === null) return 'not_allowed_for_party';
  const decided = decideTicket(ticket, commandOf(shelf, by, intent, action), ticketPolicy);
  if (!decided.ok) return decided.reason;
  const last = decided.steps.at(-1);
  const isFollowedUp = last?.event === 'ticket.followed_up';
  const isSaid = action === 'ticket_message' && !isFollowedUp;
  const cause = { ...causeOf(work), messageId: isSaid ? intent.intent_id : null };
  for (const step of decided.steps) applyStep(desk, shelf, step, cause);
  if (last === undefined) return null;
  if (isSaid) writer.addMessage(messageOf(intent, intent.intent_id, last.ticket));
  if (isFollowedUp) followUp(desk, last.ticket, work);
  for (const link of intent.links) writer.addLink(ticket.id, link as TicketLink);
  const into = last.ticket.mergedIntoId;
  if (into !== null) writer.addLink(into, { kind: 'ticket', id: ticket.id });
  return null;
}

function commandOf(
  shelf: TicketShelf,
  by: TicketActor,
  intent: TicketIntent,
  action: TicketAction,
): TicketCommand {
  const { accepted_at: atMs, owner_id: ownerId, intent_id: id } = intent;
  const one = { by, atMs };
  switch (action) {
    case 'ticket_message':
      return {
        ...{ ...one, action, internal: intent.internal },
        followUpId: deriveId(atMs, id, 'follow up'),
      };
    case 'ticket_transition':
      return { ...one, action, to: intent.to as TicketStatus };
    case 'ticket_assignment':
      return {
        ...{ ...one, action },
        ...(ownerId === null && !intent.releases_owner ? {} : { ownerId }),
        ...(intent.team === null ? {} : { team: intent.team as TicketTeam }),
        ...(intent.priority === null ? {} : { priority: intent.priority as TicketPriority }),
      };
    case 'ticket_link':
      return { ...one, action };
    case 'ticket_merge':
      return { ...one, action, into: shelf.get(intent.other_ticket_id ?? '') };
  }
}

/** Null: neither the ticket's customer nor of the staff; nobody else gets here by the edge. */
function actorIn(ticket: Ticket, intent: TicketIntent): TicketActor | null {
  if (intent.caller_id === ticket.requesterId) return 'requester';
  return openers[intent.actor_role] === undefined ? null : 'agent';
}

function causeOf({ value: intent, record }: TicketWork) {
  const { reason, ...actor } = actorOf(intent, record);
  // What was done stands in for a reason that nobody gave.
  return {
    ...{ actor: { ...actor, reason: reason ?? intent.kind }, headers: carried(record) },
    messageId: null,
  };
}

function messageOf(intent: TicketIntent, id: string, ticket: Ticket) {
  const isSystem = intent.caller_id === nobody;
  return {
    ...{ id, ticketId: ticket.id, version: ticket.version, internal: intent.internal },
    ...{ authorId: isSystem ? null : intent.caller_id, authorRole: intent.actor_role },
    ...{ body: intent.body ?? '', writtenAtMs: intent.accepted_at },
  };
}

/** What came too late for a closed ticket begins the one that goes on from it. */
function followUp({ codec, outbox }: Desk, closed: Ticket, { value, record }: TicketWork): void {
  const id = closed.followUpId ?? '';
  const intent: TicketIntent = {
    ...value,
    ...{ intent_id: id, ticket_id: id, kind: 'ticket', requester_id: closed.requesterId },
    ...{ subject: closed.subject, links: [{ kind: 'ticket', id: closed.id }] },
    ...{ other_ticket_id: closed.id, team: closed.team, priority: closed.priority },
    payload_hash: createHash('sha256').update(`follow up ${value.intent_id}`).digest(),
  };
  const payload = codec.encode(topics.ticketIntents, intent);
  const headers = carried(record);
  outbox.add(topics.ticketIntents.name, {
    ...{ eventId: id, partition: null, key: id, payload, headers },
  });
}
