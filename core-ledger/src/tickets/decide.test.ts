import { describe, expect, test } from '@jest/globals';
import type { TicketCommand } from './command.ts';
import { decideTicket, openTicket } from './decide.ts';
import type { TicketOpening } from './decide.ts';
import { ticketPolicy } from './policy.ts';
import { catchUp, nextDueMs } from './steps.ts';
import type { Ticket } from './ticket.ts';

const monday = Date.parse('2026-11-23T09:00:00Z');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function opened(change: Partial<TicketOpening> = {}): Ticket {
  const opening = { id: 'ticket', requesterId: 'customer', subject: 'Where is my money?' };
  const made = { ...opening, openedBy: 'requester', links: [], atMs: monday, ...change } as const;
  return openTicket(made, ticketPolicy).ticket;
}

type Message = { by: 'agent' | 'requester'; internal?: boolean; atMs?: number };

function said({ by, internal = false, atMs = monday }: Message): TicketCommand {
  return { action: 'ticket_message', by, internal, followUpId: 'follow-up', atMs };
}

function moved(to: Ticket['status'], by: 'agent' | 'requester' = 'agent', atMs = monday) {
  return { action: 'ticket_transition', by, to, atMs } as const;
}

/** The ticket after it all; throws at the first refusal. */
function after(ticket: Ticket, ...commands: readonly TicketCommand[]): Ticket {
  return commands.reduce((now, command) => {
    const decided = decideTicket(now, command, ticketPolicy);
    if (!decided.ok) throw new Error(decided.reason);
    return decided.steps.findLast((step) => step.ticket.id === ticket.id)?.ticket ?? now;
  }, ticket);
}

function answer(ticket: Ticket, command: TicketCommand): string {
  const decided = decideTicket(ticket, command, ticketPolicy);
  return decided.ok ? decided.steps.map(({ event }) => event).join(' ') : decided.reason;
}

describe('messages', () => {
  test('the first public answer of the staff is the first response; a note is none', () => {
    const noted = after(opened(), said({ by: 'agent', internal: true }));
    expect([noted.status, noted.firstRespondedAtMs, noted.messages]).toEqual(['new', null, 2]);
    const replied = after(noted, said({ by: 'agent', atMs: monday + hourMs }));
    expect([replied.status, replied.firstRespondedAtMs]).toEqual(['open', monday + hourMs]);
    const again = after(replied, said({ by: 'agent', atMs: monday + 2 * hourMs }));
    expect(again.firstRespondedAtMs).toBe(monday + hourMs);
    expect(again.clocks.update.dueAtMs).toBe(Date.parse('2026-11-25T11:00:00Z'));
  });

  test('customers write no notes', () => {
    expect(answer(opened(), said({ by: 'requester', internal: true }))).toBe(
      'not_allowed_for_party',
    );
  });

  test('what we open ourselves is responded to by whatever the staff does', () => {
    const own = opened({ requesterId: null, openedBy: 'system' });
    expect([own.priority, own.clocks.update.dueAtMs]).toEqual(['high', null]);
    const noted = after(own, said({ by: 'agent', internal: true, atMs: monday + hourMs }));
    expect(noted.firstRespondedAtMs).toBe(monday + hourMs);
  });

  test('what the staff opens for a customer has had its response', () => {
    const { clocks, firstRespondedAtMs } = opened({ openedBy: 'agent' });
    expect([firstRespondedAtMs, clocks.first_response.dueAtMs]).toEqual([monday, null]);
  });

  test('so many messages and links, and no more', () => {
    const full = { ...opened(), messages: ticketPolicy.messages, links: ticketPolicy.links };
    expect(answer(full, said({ by: 'requester' }))).toBe('message_limit_reached');
    expect(answer(full, { action: 'ticket_link', by: 'agent', atMs: monday })).toBe(
      'link_limit_reached',
    );
  });
});

describe('time', () => {
  test('waiting for the customer stops the clocks; an answer lets them go on', () => {
    const waiting = after(opened(), moved('pending_customer', 'agent', monday + hourMs));
    expect(waiting.clocks.resolution).toMatchObject({ spentMs: hourMs, dueAtMs: null });
    const tuesday = monday + dayMs;
    const back = after(waiting, said({ by: 'requester', atMs: tuesday }));
    expect(back.status).toBe('open');
    expect(back.clocks.first_response.dueAtMs).toBe(tuesday + 7 * hourMs);
  });

  test('a customer who does not answer has been helped; later it is closed', () => {
    const waiting = after(opened(), moved('pending_customer'));
    const steps = catchUp(waiting, monday + 60 * dayMs, ticketPolicy);
    expect(steps.map(({ event, isTimed }) => [event, isTimed])).toEqual([
      ['ticket.resolved', true],
      ['ticket.closed', true],
    ]);
    const resolvedAtMs = Date.parse('2026-11-30T23:59:59.999Z');
    expect(steps[0]?.ticket.resolvedAtMs).toBe(resolvedAtMs);
    expect(steps[1]?.ticket.changedAtMs).toBe(resolvedAtMs + 14 * dayMs);
  });

  test('a breach is noted once, at its time, before what comes late', () => {
    const late = monday + 3 * dayMs;
    const decided = decideTicket(opened(), said({ by: 'agent', atMs: late }), ticketPolicy);
    const steps = decided.ok ? decided.steps : [];
    expect(steps.map(({ event, clock }) => [event, clock])).toEqual([
      ['ticket.breached', 'first_response'],
      ['ticket.breached', 'update'],
      ['ticket.replied', null],
    ]);
    expect(steps.map(({ ticket }) => ticket.version)).toEqual([2, 3, 4]);
    const { first_response: clock } = steps.at(-1)?.ticket.clocks ?? opened().clocks;
    expect(clock.breachedAtMs).toBe(monday + 8 * hourMs);
  });

  test('an answer at the very deadline is in time', () => {
    const due = nextDueMs(opened()) ?? 0;
    expect(answer(opened(), said({ by: 'agent', atMs: due }))).toBe('ticket.replied');
    expect(answer(opened(), said({ by: 'agent', atMs: due + 1 }))).toContain('ticket.breached');
  });

  test('another priority, another deadline; what was spent stays spent', () => {
    const order = { action: 'ticket_assignment', by: 'agent', priority: 'urgent' } as const;
    const urgent = after(opened(), { ...order, atMs: monday + hourMs / 2 });
    expect(urgent.clocks.first_response.dueAtMs).toBe(monday + hourMs);
  });

  test('an edge whose clock is behind turns no time back', () => {
    const waiting = after(opened(), moved('pending_customer', 'agent', monday + hourMs));
    const back = after(waiting, said({ by: 'requester', atMs: monday }));
    expect(back.clocks.resolution).toMatchObject({ runningSinceMs: monday + hourMs });
  });
});

describe('after the end', () => {
  test('a reply opens a resolved ticket again; a closed one is followed up, once', () => {
    const resolved = after(opened(), moved('resolved'));
    expect(answer(resolved, said({ by: 'requester' }))).toBe('ticket.reopened');
    const late = said({ by: 'requester', atMs: monday + 15 * dayMs });
    expect(answer(resolved, late)).toBe('ticket.closed ticket.followed_up');
    const closed = after(resolved, late);
    expect(closed).toMatchObject({ status: 'closed', followUpId: 'follow-up' });
    expect(answer(closed, late)).toBe('ticket_followed_up');
    expect(answer(closed, said({ by: 'agent', atMs: monday + 15 * dayMs }))).toBe('invalid_state');
  });

  test('two tickets of one customer become one; of two customers never', () => {
    const merge = (into: Ticket | undefined) =>
      ({ action: 'ticket_merge', by: 'agent', into, atMs: monday }) as const;
    expect(answer(opened(), merge(opened({ id: 'other' })))).toBe('ticket.linked ticket.merged');
    expect(answer(opened(), merge(opened({ id: 'other', requesterId: 'x' })))).toBe(
      'different_requester',
    );
    expect(answer(opened(), merge(undefined))).toBe('ticket_not_found');
    expect(answer(opened(), merge(opened()))).toBe('invalid_state');
    const closed = after(opened({ id: 'other' }), moved('resolved'), moved('closed'));
    expect(answer(opened(), merge(closed))).toBe('invalid_state');
    const merged = after(opened(), merge(opened({ id: 'other' })));
    expect(merged).toMatchObject({ status: 'closed', mergedIntoId: 'other' });
    for (const command of [said({ by: 'requester' }), moved('open')]) {
      expect(answer(merged, command)).toBe('ticket_merged');
    }
  });
});
