import { describe, expect, test } from '@jest/globals';
import { statusesOf } from '../states/state-table.ts';
import type { TicketCommand } from './command.ts';
import { decideTicket, openTicket } from './decide.ts';
import { ticketPolicy } from './policy.ts';
import { catchUp } from './steps.ts';
import { ticketTable } from './ticket.ts';
import type { Ticket, TicketActor, TicketStatus } from './ticket.ts';

const monday = Date.parse('2026-11-23T09:00:00Z');
const statuses = statusesOf(ticketTable).filter((status) => status !== 'pending');
const actors: readonly TicketActor[] = ['requester', 'agent', 'system', 'timer'];

function opened(id = 'ticket'): Ticket {
  const opening = { id, requesterId: 'customer', openedBy: 'requester', subject: 's' } as const;
  return openTicket({ ...opening, links: [], atMs: monday }, ticketPolicy).ticket;
}

const wayTo: Readonly<Record<TicketStatus, readonly TicketStatus[]>> = {
  new: [],
  ...{ open: ['open'], pending_customer: ['pending_customer'] },
  ...{ pending_internal: ['pending_internal'], resolved: ['resolved'] },
  closed: ['resolved', 'closed'],
};

/** A ticket that came to be so in the ordinary way. */
function ticketIn(status: TicketStatus): Ticket {
  let ticket = opened();
  for (const to of wayTo[status]) {
    const command = { action: 'ticket_transition', by: 'agent', to, atMs: monday } as const;
    const decided = decideTicket(ticket, command, ticketPolicy);
    if (!decided.ok) throw new Error(`${ticket.status} → ${to}: ${decided.reason}`);
    ticket = decided.steps.at(-1)?.ticket ?? ticket;
  }
  return ticket;
}

/** Every way out of a status, as `action actor to event`, that anybody finds by anything. */
function waysOut(from: TicketStatus): Set<string> {
  const ticket = ticketIn(from);
  const found = new Set<string>();
  const attempt = (name: string, command: TicketCommand): void => {
    const decided = decideTicket(ticket, command, ticketPolicy);
    if (!decided.ok) return;
    const last = decided.steps.findLast((step) => step.ticket.id === ticket.id);
    if (last === undefined || last.ticket.status === from) return;
    found.add(`${name} ${command.by} ${last.ticket.status} ${last.event}`);
  };
  for (const by of actors) {
    const one = { by, atMs: monday + 1 };
    for (const to of statuses) {
      attempt('transition', { ...one, action: 'ticket_transition', to });
    }
    for (const internal of [true, false]) {
      attempt('message', { ...one, action: 'ticket_message', internal, followUpId: 'next' });
    }
    attempt('assignment', { ...one, action: 'ticket_assignment', ownerId: 'agent' });
    attempt('link', { ...one, action: 'ticket_link' });
    attempt('merge', { ...one, action: 'ticket_merge', into: opened('other') });
  }
  const later = monday + 60 * 86_400_000;
  const [first] = catchUp(ticket, later, ticketPolicy).filter((step) => step.clock === null);
  if (first !== undefined) found.add(`deadline timer ${first.ticket.status} ${first.event}`);
  return found;
}

describe('every pair of statuses', () => {
  test.each(statuses)('%s is left as the table says, and in no other way', (from) => {
    const legal = ticketTable.rows
      .filter((row) => row.from === from)
      .flatMap(({ action, by, to, event }) => by.map((who) => `${action} ${who} ${to} ${event}`));
    expect([...waysOut(from)].sort()).toEqual([...new Set(legal)].sort());
  });

  const pairs = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));
  test.each(pairs)('%s → %s', (from, to) => {
    const isLegal = ticketTable.rows.some((row) => row.from === from && row.to === to);
    expect([...waysOut(from)].some((way) => way.split(' ')[2] === to)).toBe(isLegal);
  });

  test.each(pairs)('a transition %s → %s is an agent’s where the table says so', (from, to) => {
    const command = { action: 'ticket_transition', by: 'agent', to, atMs: monday + 1 } as const;
    const decided = decideTicket(ticketIn(from), command, ticketPolicy);
    const isLegal = ticketTable.rows.some(
      (row) => row.from === from && row.to === to && row.action === 'transition',
    );
    expect(decided.ok ? 'ok' : decided.reason).toBe(isLegal ? 'ok' : 'invalid_state');
  });
});
