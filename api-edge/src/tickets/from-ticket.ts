import { findTicket, type Database } from '@wallet/core-ledger';
import { fields } from '../http/fields.ts';
import type { Caller } from '../http/call.ts';
import { refuse, type Refusal } from '../problems.ts';
import { isStaff } from '../refunds/refund.ts';

const isId = (text: string): boolean => fields.id().safeParse(text).success;

/**
 * Something is done from a ticket by its number in the header `Ticket-Id`: by the staff alone, and
 * only while the ticket is not closed.
 */
export function createObjectionToTicket({ knex }: Database) {
  return async (caller: Caller, ticketId: string): Promise<Refusal | null> => {
    if (!isStaff(caller)) return refuse('not_allowed_for_party');
    const ticket = isId(ticketId) ? await findTicket(knex, ticketId) : null;
    if (ticket === null) return refuse('ticket_not_found');
    return ticket.status === 'closed' ? refuse('ticket_closed') : null;
  };
}
