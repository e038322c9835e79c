import { ticketClocks } from './clock.ts';
import type { TicketStatus } from './ticket.ts';

/** Statuses in which somebody still waits, or may come back. */
export const unfinishedTicketStatuses = [
  ...(['new', 'open', 'pending_customer', 'pending_internal'] as const),
  'resolved',
] as const satisfies readonly TicketStatus[];

export type UnfinishedTicketStatus = (typeof unfinishedTicketStatuses)[number];

/**
 * Tickets by status, and those whose clock has run out while it is our turn (an answer that was
 * given late is late no more): as (what, how many, since when in milliseconds since 1970).
 */
export const ticketGauges = `
    select 'ticket ' || status, count(*), extract(epoch from min(changed_at)) * 1000 from ticket
      where status <> 'closed' group by status
    ${ticketClocks.map((clock) => lateBy(clock)).join('')}`;

function lateBy(clock: (typeof ticketClocks)[number]): string {
  const isAnswered = clock === 'first_response' ? 'and first_responded_at is null' : '';
  return `union all
    select 'late ${clock}', count(*), extract(epoch from min(${clock}_breached_at)) * 1000
      from ticket where status in ('new', 'open', 'pending_internal')
        and ${clock}_breached_at is not null ${isAnswered}
    `;
}
