import { unwoundClock } from './clock.ts';
import type { TicketCommand, TicketDecision, TicketRefusal, TicketStep } from './command.ts';
import { teamFor } from './policy.ts';
import type { TicketLink, TicketPolicy } from './policy.ts';
import { catchUp, stepOf } from './steps.ts';
import { ticketTable } from './ticket.ts';
import type { Ticket, TicketRow } from './ticket.ts';

/** What a new ticket begins with. */
export type TicketOpening = Pick<Ticket, 'id' | 'requesterId' | 'openedBy' | 'subject'> &
  Partial<Pick<Ticket, 'priority' | 'team' | 'followsId'>> & {
    readonly links: readonly TicketLink[];
    readonly atMs: number;
  };

/** A new ticket: nothing stands against one. What our staff opens has had its first response. */
export function openTicket(opening: TicketOpening, policy: TicketPolicy): TicketStep {
  const { id, requesterId, openedBy, subject, links, atMs } = opening;
  const blank: Ticket = {
    ...{ id, requesterId, openedBy, subject, status: 'new', ownerId: null, version: 0 },
    priority: opening.priority ?? (openedBy === 'system' ? 'high' : 'normal'),
    team: opening.team ?? teamFor(links),
    clocks: { first_response: unwoundClock, update: unwoundClock, resolution: unwoundClock },
    firstRespondedAtMs: openedBy === 'agent' ? atMs : null,
    ...{ resolvedAtMs: null, deadlineAtMs: null, mergedIntoId: null, followUpId: null },
    ...{ followsId: opening.followsId ?? null, messages: 1, links: links.length },
    ...{ openedAtMs: atMs, changedAtMs: atMs },
  };
  return { ...stepOf(blank, 'ticket.opened', {}, { atMs, policy }), from: null };
}

/** Decides what becomes of a ticket: what time has done to it comes first. Pure. */
export function decideTicket(
  ticket: Ticket,
  command: TicketCommand,
  policy: TicketPolicy,
): TicketDecision {
  const passed = catchUp(ticket, command.atMs, policy);
  const now = passed.at(-1)?.ticket ?? ticket;
  const done = isForStaff(command) && command.by !== 'agent' ? refused : act(now, command, policy);
  return 'reason' in done
    ? { ok: false, reason: done.reason }
    : { ok: true, steps: [...passed, ...done.steps] };
}

const refused = { reason: 'not_allowed_for_party' } as const;

/** What customers neither do nor see. */
function isForStaff(command: TicketCommand): boolean {
  if (command.action === 'ticket_message') return command.internal;
  return command.action !== 'ticket_transition';
}

type Done = { readonly steps: readonly TicketStep[] } | { readonly reason: TicketRefusal };

function act(ticket: Ticket, command: TicketCommand, policy: TicketPolicy): Done {
  if (command.action === 'ticket_message') return write(ticket, command, policy);
  if (ticket.mergedIntoId !== null) return { reason: 'ticket_merged' };
  const how = { atMs: command.atMs, policy };
  switch (command.action) {
    case 'ticket_transition':
      return move(ticket, command, policy);
    case 'ticket_assignment': {
      if (ticket.status === 'closed') return { reason: 'invalid_state' };
      const { ownerId = ticket.ownerId, team = ticket.team, priority = ticket.priority } = command;
      const change = { ownerId, team, priority, ...responding(ticket, command) };
      return { steps: [stepOf(ticket, 'ticket.assigned', change, how)] };
    }
    case 'ticket_link': {
      if (ticket.status === 'closed') return { reason: 'invalid_state' };
      if (ticket.links >= policy.links) return { reason: 'link_limit_reached' };
      return { steps: [stepOf(ticket, 'ticket.linked', { links: ticket.links + 1 }, how)] };
    }
    case 'ticket_merge':
      return merge(ticket, command, policy);
  }
}

type CommandOf<Action> = Extract<TicketCommand, { action: Action }>;

function write(ticket: Ticket, command: CommandOf<'ticket_message'>, policy: TicketPolicy): Done {
  const { by, atMs, internal } = command;
  if (ticket.status === 'closed') return writeAfterwards(ticket, command, policy);
  if (ticket.messages >= policy.messages) return { reason: 'message_limit_reached' };
  const how = { atMs, policy };
  const messages = ticket.messages + 1;
  if (internal) {
    const noted = { messages, ...responding(ticket, command) };
    return { steps: [stepOf(ticket, 'ticket.noted', noted, how)] };
  }
  const row = rowsOf(ticket, 'message').find((one) => one.by.includes(by));
  const status = (row?.to ?? ticket.status) as Ticket['status'];
  if (by === 'agent') {
    const firstRespondedAtMs = ticket.firstRespondedAtMs ?? atMs;
    const change = { messages, status, anew: ['update'], firstRespondedAtMs } as const;
    return { steps: [stepOf(ticket, 'ticket.replied', change, how)] };
  }
  const isReopened = ticket.status === 'resolved';
  const change = { messages, status, anew: isReopened ? (['update'] as const) : [] };
  return { steps: [stepOf(ticket, row?.event ?? 'ticket.answered', change, how)] };
}

/** Nobody waits to hear from us: whatever the staff does is the response. */
function responding(ticket: Ticket, { by, atMs }: TicketCommand): Partial<Ticket> {
  const isFirst = ticket.requesterId === null && ticket.firstRespondedAtMs === null;
  return isFirst && by === 'agent' ? { firstRespondedAtMs: atMs } : {};
}

/** A closed ticket stays closed: the customer's word is to begin one that goes on from it. */
function writeAfterwards(
  ticket: Ticket,
  { by, atMs, followUpId }: CommandOf<'ticket_message'>,
  policy: TicketPolicy,
): Done {
  if (ticket.mergedIntoId !== null) return { reason: 'ticket_merged' };
  if (by !== 'requester') return { reason: 'invalid_state' };
  if (ticket.followUpId !== null) return { reason: 'ticket_followed_up' };
  return { steps: [stepOf(ticket, 'ticket.followed_up', { followUpId }, { atMs, policy })] };
}

function move(ticket: Ticket, command: CommandOf<'ticket_transition'>, policy: TicketPolicy): Done {
  const { by, to, atMs } = command;
  const rows = rowsOf(ticket, 'transition').filter((row) => row.to === to);
  const row = rows.find((one) => one.by.includes(by));
  if (rows.length === 0) return { reason: 'invalid_state' };
  if (row === undefined) return { reason: 'not_allowed_for_party' };
  const anew = row.event === 'ticket.reopened' ? (['update'] as const) : [];
  const change = { status: to, anew, ...responding(ticket, command) };
  return { steps: [stepOf(ticket, row.event, change, { atMs, policy })] };
}

/** One conversation of two: this one ends, and is linked from the one that goes on. */
function merge(ticket: Ticket, command: CommandOf<'ticket_merge'>, policy: TicketPolicy): Done {
  const { into, atMs } = command;
  const [row] = rowsOf(ticket, 'merge');
  if (into === undefined) return { reason: 'ticket_not_found' };
  if (row === undefined || into.id === ticket.id) return { reason: 'invalid_state' };
  // A customer never reads what another one wrote.
  if (into.requesterId !== ticket.requesterId) return { reason: 'different_requester' };
  const passed = catchUp(into, atMs, policy);
  const target = passed.at(-1)?.ticket ?? into;
  if (target.status === 'closed') return { reason: 'invalid_state' };
  if (target.links >= policy.links) return { reason: 'link_limit_reached' };
  const how = { atMs, policy };
  const linked = stepOf(target, 'ticket.linked', { links: target.links + 1 }, how);
  const merged = { status: 'closed', mergedIntoId: into.id } as const;
  return { steps: [...passed, linked, stepOf(ticket, row.event, merged, how)] };
}

function rowsOf({ status }: Ticket, action: TicketRow['action']): TicketRow[] {
  return ticketTable.rows.filter((row) => row.from === status && row.action === action);
}
