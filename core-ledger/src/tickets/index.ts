export { findLongParked, findUnplacedMoney, hasOpenTicket } from './causes.ts';
export { ticketClocks } from './clock.ts';
export type { TicketCommand, TicketRefusal, TicketStep } from './command.ts';
export { decideTicket, openTicket } from './decide.ts';
export { unfinishedTicketStatuses } from './gauges.ts';
export { ticketLinkKinds, ticketPolicy, ticketPriorities, ticketTeams } from './policy.ts';
export type { TicketLink, TicketLinkKind, TicketPriority, TicketTeam } from './policy.ts';
export { createTicketShelf } from './shelf.ts';
export type { TicketShelf } from './shelf.ts';
export { catchUp } from './steps.ts';
export {
  findDueTickets,
  findTicket,
  listTicketDeeds,
  listTicketMessages,
  listTickets,
} from './store.ts';
export type { TicketMessageView, TicketView } from './store.ts';
export { ticketActions } from './ticket.ts';
export type {
  ShownTicketStatus,
  Ticket,
  TicketAction,
  TicketActor,
  TicketStatus,
} from './ticket.ts';
export { createTicketWriter } from './writer.ts';
export type { TicketWriter } from './writer.ts';
