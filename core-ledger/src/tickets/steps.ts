import { endOfBusinessDay } from '../disputes/business-calendar.ts';
import { breachClock, runClock, stopClock, ticketClocks, unwoundClock } from './clock.ts';
import type { TicketClock, TicketClockName } from './clock.ts';
import type { TicketStep } from './command.ts';
import type { TicketPolicy } from './policy.ts';
import type { Ticket, TicketEventName, TicketStatus } from './ticket.ts';

/** What changes by a step beyond the version and what follows from the status. */
export type TicketChange = Partial<Omit<Ticket, 'id' | 'version' | 'clocks' | 'changedAtMs'>> & {
  /** Clocks that begin anew. */
  readonly anew?: readonly TicketClockName[];
};

/** One change of a ticket: its clocks, deadline and times follow from what it becomes. */
export function stepOf(
  ticket: Ticket,
  event: TicketEventName,
  { anew = [], ...change }: TicketChange,
  how: { atMs: number; policy: TicketPolicy; isTimed?: boolean },
): TicketStep {
  const { policy, isTimed = false } = how;
  // Edges' clocks differ a little: a ticket's own time never goes back.
  const atMs = Math.max(how.atMs, ticket.changedAtMs);
  const became = { ...ticket, ...change, version: ticket.version + 1, changedAtMs: atMs };
  const begun = became.status === ticket.status ? {} : beginning(became.status, atMs, policy);
  const clocks = Object.fromEntries(
    ticketClocks.map((name) => {
      const clock = anew.includes(name) ? unwoundClock : ticket.clocks[name];
      const isRetimed = became.priority !== ticket.priority;
      const stopped = isRetimed ? stopClock(clock, atMs, policy.hours) : clock;
      return [name, wound(stopped, name, { ...became, ...begun }, atMs, policy)];
    }),
  ) as Ticket['clocks'];
  return {
    ...{ ticket: { ...became, ...begun, clocks }, from: ticket.status, event },
    ...{ isTimed, clock: null },
  };
}

/** What a status brings with it. */
function beginning(
  status: TicketStatus,
  atMs: number,
  policy: TicketPolicy,
): Pick<Ticket, 'deadlineAtMs'> & Partial<Pick<Ticket, 'resolvedAtMs'>> {
  switch (status) {
    case 'pending_customer':
      return { deadlineAtMs: endOfBusinessDay(atMs, policy.answerDays, policy.hours.calendar) };
    case 'resolved':
      return { deadlineAtMs: atMs + policy.reopenMs, resolvedAtMs: atMs };
    case 'closed':
      return { deadlineAtMs: null };
    default:
      return { deadlineAtMs: null, resolvedAtMs: null };
  }
}

const ours: readonly TicketStatus[] = ['new', 'open', 'pending_internal'];

/** Clocks run while it is our turn; who has no customer owes nobody news. */
function wound(
  clock: TicketClock,
  name: TicketClockName,
  ticket: Pick<Ticket, 'status' | 'priority' | 'requesterId' | 'firstRespondedAtMs'>,
  atMs: number,
  { hours, targetsMs }: TicketPolicy,
): TicketClock {
  const isWanted = {
    first_response: ticket.firstRespondedAtMs === null,
    update: ticket.requesterId !== null,
    resolution: true,
  }[name];
  return isWanted && ours.includes(ticket.status)
    ? runClock(clock, atMs, targetsMs[ticket.priority][name], hours)
    : stopClock(clock, atMs, hours);
}

/** What time has done to the ticket by then: its breaches and deadlines, in their order. */
export function catchUp(ticket: Ticket, atMs: number, policy: TicketPolicy): TicketStep[] {
  const steps: TicketStep[] = [];
  let now = ticket;
  for (;;) {
    const step = nextOf(now, atMs, policy);
    if (step === null) return steps;
    steps.push(step);
    now = step.ticket;
  }
}

function nextOf(ticket: Ticket, atMs: number, policy: TicketPolicy): TicketStep | null {
  const { deadlineAtMs } = ticket;
  if (deadlineAtMs !== null && deadlineAtMs < atMs) {
    const isAnswer = ticket.status === 'pending_customer';
    const how = { atMs: deadlineAtMs, policy, isTimed: true };
    return isAnswer
      ? stepOf(ticket, 'ticket.resolved', { status: 'resolved' }, how)
      : stepOf(ticket, 'ticket.closed', { status: 'closed' }, how);
  }
  const overdue = ticketClocks
    .map((name) => ({ name, dueAtMs: ticket.clocks[name].dueAtMs ?? Infinity }))
    // What happens at the deadline itself is in time.
    .filter(({ dueAtMs }) => dueAtMs < atMs)
    .sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
  return overdue === undefined ? null : breachOf(ticket, overdue.name);
}

function breachOf(ticket: Ticket, name: TicketClockName): TicketStep {
  const clocks = { ...ticket.clocks, [name]: breachClock(ticket.clocks[name]) };
  const became = { ...ticket, clocks, version: ticket.version + 1 };
  return {
    ...{ ticket: became, from: ticket.status, event: 'ticket.breached' },
    ...{ isTimed: true, clock: name },
  };
}

/** When time does something to the ticket next, if nobody does anything before. */
export function nextDueMs({ clocks, deadlineAtMs }: Ticket): number | null {
  const dues = [deadlineAtMs, ...ticketClocks.map((name) => clocks[name].dueAtMs)];
  const known = dues.filter((dueMs) => dueMs !== null);
  return known.length === 0 ? null : Math.min(...known);
}
