import { ticketClocks } from './clock.ts';
import type { TicketClock, TicketClockName } from './clock.ts';
import type { TicketPriority, TicketTeam } from './policy.ts';
import type { Ticket, TicketStatus } from './ticket.ts';

/** The columns of `ticket` in the order in which `ticketOf` reads them. */
export const ticketColumns = [
  ...['id', 'requester_id', 'opened_by', 'subject', 'status', 'priority', 'team', 'owner_id'],
  ...[
    'version',
    ...['first_responded', 'resolved', 'deadline'].map((name) => timeIn(`${name}_at`)),
  ],
  ...['merged_into_id', 'follows_id', 'follow_up_id', 'messages', 'links'],
  ...['accepted_at', 'changed_at'].map(timeIn),
  ...ticketClocks.flatMap((name) => [
    `${name}_spent_ms`,
    ...['running_since', 'due_at', 'breached_at'].map((what) => timeIn(`${name}_${what}`)),
  ]),
].join(', ');

export function ticketOf(row: readonly (string | null)[]): Ticket {
  const [id, requesterId = null, openedBy, subject, status, priority, team, ...rest] = row;
  const [ownerId = null, version, firstResponded, resolved, deadline, ...others] = rest;
  const [mergedIntoId = null, followsId = null, followUpId = null, messages, links, ...last] =
    others;
  const [openedAt, changedAt, ...clocks] = last;
  return {
    ...{ id: id ?? '', requesterId, openedBy: openedBy as Ticket['openedBy'] },
    ...{ subject: subject ?? '', status: status as TicketStatus, ownerId },
    ...{ priority: priority as TicketPriority, team: team as TicketTeam },
    ...{ version: Number(version), clocks: clocksOf(clocks) },
    ...{ firstRespondedAtMs: timeOf(firstResponded), resolvedAtMs: timeOf(resolved) },
    ...{ deadlineAtMs: timeOf(deadline), mergedIntoId, followsId, followUpId },
    ...{ messages: Number(messages), links: Number(links) },
    ...{ openedAtMs: Number(openedAt), changedAtMs: Number(changedAt) },
  };
}

/** Four columns each. */
function clocksOf(columns: readonly (string | null)[]): Ticket['clocks'] {
  const clocks = ticketClocks.map((name, index): [TicketClockName, TicketClock] => {
    const [spent, running, due, breached] = columns.slice(index * 4, index * 4 + 4);
    const times = { runningSinceMs: timeOf(running), dueAtMs: timeOf(due) };
    return [name, { spentMs: Number(spent), ...times, breachedAtMs: timeOf(breached) }];
  });
  return Object.fromEntries(clocks) as Ticket['clocks'];
}

function timeIn(column: string): string {
  return `floor(extract(epoch from ${column}) * 1000)::int8`;
}

function timeOf(text: string | null | undefined): number | null {
  return typeof text === 'string' ? Number(text) : null;
}
