import type { ProblemTable } from './problem-table.ts';

/** Tickets. */
export const ticketProblems = {
  ticket_not_found: [404, 'Ticket not found', 'There is no such ticket.'],
  link_not_found: [404, 'Link not found', 'There is no such object, or it is not yours.'],
  ticket_closed: [409, 'Ticket closed', 'Nothing is done from a closed ticket. Open another one.'],
  ticket_merged: [
    409,
    'Ticket merged',
    'The ticket has become part of another one. Go on with merged_into_id.',
  ],
  ticket_followed_up: [
    409,
    'Ticket followed up',
    'Another ticket goes on from this closed one. Write to follow_up_id.',
  ],
  different_requester: [409, 'Different requester', 'The tickets are not of the same customer.'],
  message_limit_reached: [409, 'Message limit reached', 'The ticket is full. Open another one.'],
  link_limit_reached: [409, 'Link limit reached', 'The ticket is about enough things already.'],
  owner_not_staff: [
    422,
    'Owner not of the staff',
    'Tickets are worked on by support or operators.',
  ],
} as const satisfies ProblemTable;
