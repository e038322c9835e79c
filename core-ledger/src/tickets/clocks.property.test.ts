import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBusinessDay } from '../disputes/business-calendar.ts';
import { ticketClocks } from './clock.ts';
import type { TicketClockName } from './clock.ts';
import type { TicketCommand } from './command.ts';
import { decideTicket, openTicket } from './decide.ts';
import { serviceMsBetween } from './service-hours.ts';
import { ticketPolicy } from './policy.ts';
import { catchUp, nextDueMs } from './steps.ts';
import type { Ticket } from './ticket.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());
const runs = Number(process.env.PROPERTY_RUNS ?? 150);
const stepMs = 15 * 60_000;
const dayMs = 86_400_000;
const { hours, targetsMs } = ticketPolicy;

/** What happens in a ticket's life, each so many quarters of an hour after the one before. */
type Doing = { readonly afterMs: number; readonly command: (atMs: number) => TicketCommand };

const doing: fc.Arbitrary<Doing['command']> = fc.oneof(
  fc.constantFrom('agent' as const, 'requester' as const).map((by) => (atMs: number) => ({
    ...({ action: 'ticket_message', internal: false, followUpId: 'follow-up' } as const),
    ...{ by, atMs },
  })),
  fc
    .record({
      by: fc.constantFrom('agent' as const, 'requester' as const),
      to: fc.constantFrom(
        ...(['open', 'pending_customer', 'pending_internal', 'resolved'] as const),
      ),
    })
    .map(
      ({ by, to }) =>
        (atMs: number) =>
          ({ action: 'ticket_transition', by, to, atMs }) as const,
    ),
  fc
    .constantFrom('normal' as const, 'high' as const, 'urgent' as const)
    .map(
      (priority) => (atMs: number) =>
        ({ action: 'ticket_assignment', by: 'agent', priority, atMs }) as const,
    ),
);

const life = fc.record({
  // Weeks around Easter, Christmas and ordinary ones.
  openedAtMs: fc
    .integer({ min: Date.parse('2024-01-01') / stepMs, max: Date.parse('2028-01-01') / stepMs })
    .map((steps) => steps * stepMs),
  doings: fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: (3 * dayMs) / stepMs }).map((steps) => steps * stepMs),
      command: doing,
    }),
    { maxLength: 12 },
  ),
});

function open(openedAtMs: number): Ticket {
  const opening = { id: 'a', requesterId: 'c', openedBy: 'requester', subject: 's' } as const;
  return openTicket({ ...opening, links: [], atMs: openedAtMs }, ticketPolicy).ticket;
}

type Seen = { spentMs: number; breachedAtMs: number | null };
type Model = Record<TicketClockName, Seen>;

/** The status a ticket shows, when it had its first answer, and which clocks began anew then. */
type Moment = { atMs: number; ticket: Ticket; anew: readonly TicketClockName[] };

/**
 * The slow and obvious way: goes through the ticket's life in quarters of an hour. In each, is
 * somebody there, is it our turn, is the promise still open? Then a quarter is spent, and one that
 * is spent when nothing was left is a breach at the end of the time that was left.
 */
function modelOf(moments: readonly Moment[], untilMs: number): Model {
  const seen = Object.fromEntries(
    ticketClocks.map((name): [TicketClockName, Seen] => [name, { spentMs: 0, breachedAtMs: null }]),
  ) as Model;
  const overAtMs = new Map<TicketClockName, number>();
  for (const [index, { atMs, ticket, anew }] of moments.entries()) {
    const endMs = moments[index + 1]?.atMs ?? untilMs;
    for (const name of anew) {
      seen[name] = { spentMs: 0, breachedAtMs: null };
      overAtMs.delete(name);
    }
    const isOurs = ['new', 'open', 'pending_internal'].includes(ticket.status);
    for (const name of ticketClocks) {
      const isOpen = name !== 'first_response' || ticket.firstRespondedAtMs === null;
      if (!isOurs || !isOpen) {
        overAtMs.delete(name);
        continue;
      }
      const clock = seen[name];
      const targetMs = targetsMs[ticket.priority][name];
      // Its time may be over already: it had more when its priority was another.
      overAtMs.delete(name);
      if (clock.spentMs >= targetMs) overAtMs.set(name, atMs);
      for (let nowMs = atMs; nowMs < endMs; nowMs += stepMs) {
        const isOver = overAtMs.get(name);
        if (isOver !== undefined && clock.breachedAtMs === null) clock.breachedAtMs = isOver;
        if (!isServed(nowMs)) continue;
        clock.spentMs += stepMs;
        if (clock.spentMs === targetMs) overAtMs.set(name, nowMs + stepMs);
      }
    }
  }
  return seen;
}

function isServed(atMs: number): boolean {
  const ofDay = atMs % dayMs;
  const isOpen = ofDay >= hours.opensAtMs && ofDay < hours.closesAtMs;
  return isOpen && isBusinessDay(atMs, hours.calendar);
}

/** What the clocks of the product say at that time. */
function shownAt(ticket: Ticket, atMs: number): Model {
  const now = catchUp(ticket, atMs, ticketPolicy).at(-1)?.ticket ?? ticket;
  return Object.fromEntries(
    ticketClocks.map((name) => {
      const { spentMs, runningSinceMs, breachedAtMs } = now.clocks[name];
      const sinceMs = runningSinceMs ?? atMs;
      return [name, { spentMs: spentMs + serviceMsBetween(sinceMs, atMs, hours), breachedAtMs }];
    }),
  ) as Model;
}

/** Lives it; with `ticking` a timer comes round between what happens, as often as it likes. */
function live({ openedAtMs, doings }: { openedAtMs: number; doings: Doing[] }, ticking: boolean) {
  let ticket = open(openedAtMs);
  const moments: Moment[] = [{ atMs: openedAtMs, ticket, anew: [...ticketClocks] }];
  let atMs = openedAtMs;
  for (const { afterMs, command } of doings) {
    atMs += afterMs;
    for (let due = nextDueMs(ticket); ticking && due !== null && due < atMs;) {
      ticket = catchUp(ticket, due + 1, ticketPolicy).at(-1)?.ticket ?? ticket;
      due = nextDueMs(ticket);
    }
    const decided = decideTicket(ticket, command(atMs), ticketPolicy);
    const steps = decided.ok ? decided.steps : catchUp(ticket, atMs, ticketPolicy);
    for (const step of steps) {
      if (step.ticket.id !== ticket.id) continue;
      ticket = step.ticket;
      const isAnew = step.event === 'ticket.replied' || step.event === 'ticket.reopened';
      moments.push({ atMs: ticket.changedAtMs, ticket, anew: isAnew ? ['update'] : [] });
    }
  }
  return { ticket, moments, untilMs: atMs + 4 * dayMs };
}

test(`clocks say what a walk through the life says, pauses and all (seed ${seed})`, () => {
  fc.assert(
    fc.property(life, (one) => {
      const { ticket, moments, untilMs } = live(one, false);
      // Only the ticket itself: what time alone does after the last word is not among the moments.
      const lastMs = nextWaitMs(ticket, untilMs);
      expect(shownAt(ticket, lastMs)).toEqual(modelOf(moments, lastMs));
    }),
    { seed, numRuns: runs },
  );
});

/** Up to a deadline of the status, which would change what the model walks through. */
function nextWaitMs({ deadlineAtMs }: Ticket, untilMs: number): number {
  if (deadlineAtMs === null || deadlineAtMs >= untilMs) return untilMs;
  return Math.floor(deadlineAtMs / stepMs) * stepMs;
}

test(`however often a timer comes round, the clocks say the same (seed ${seed})`, () => {
  fc.assert(
    fc.property(life, (one) => {
      const [rare, often] = [live(one, false), live(one, true)];
      expect(shownAt(often.ticket, often.untilMs)).toEqual(shownAt(rare.ticket, rare.untilMs));
      expect(often.ticket.status).toEqual(rare.ticket.status);
    }),
    { seed, numRuns: runs },
  );
});
