import type { StateRow, StateTable } from '../states/state-table.ts';
import type { TicketClock, TicketClockName } from './clock.ts';
import type { TicketPriority, TicketTeam } from './policy.ts';

export type TicketStatus =
  'new' | 'open' | 'pending_customer' | 'pending_internal' | 'resolved' | 'closed';

/** Before its first row a ticket is `pending`: known to the edge alone. */
export type ShownTicketStatus = TicketStatus | 'pending';

/** Who acts on a ticket: whose it is, our staff, the system, or time. */
export type TicketActor = 'requester' | 'agent' | 'system' | 'timer';

/** What becomes of an intent of each kind, in the words of intents and metrics. */
export const ticketActions = [
  'ticket_message',
  'ticket_transition',
  'ticket_assignment',
  'ticket_link',
  'ticket_merge',
] as const;

export type TicketAction = (typeof ticketActions)[number];

export type TicketEventName =
  | 'ticket.opened'
  | 'ticket.taken'
  | 'ticket.replied'
  | 'ticket.answered'
  | 'ticket.noted'
  | 'ticket.waiting'
  | 'ticket.handed_over'
  | 'ticket.resolved'
  | 'ticket.reopened'
  | 'ticket.closed'
  | 'ticket.merged'
  | 'ticket.followed_up'
  | 'ticket.assigned'
  | 'ticket.linked'
  | 'ticket.breached';

/** One conversation with customer service; moments are milliseconds since 1970. */
export type Ticket = {
  readonly id: string;
  /** The customer whose ticket it is; null when it is ours alone. */
  readonly requesterId: string | null;
  readonly openedBy: 'requester' | 'agent' | 'system';
  readonly subject: string;
  readonly status: TicketStatus;
  readonly priority: TicketPriority;
  readonly team: TicketTeam;
  /** The member of staff who has it; null is nobody. */
  readonly ownerId: string | null;
  /** Rises by one with each change; the order of the ticket's history and events. */
  readonly version: number;
  readonly clocks: Readonly<Record<TicketClockName, TicketClock>>;
  readonly firstRespondedAtMs: number | null;
  readonly resolvedAtMs: number | null;
  /** When a timer ends what the status waits for; null when it waits for a person of ours. */
  readonly deadlineAtMs: number | null;
  readonly mergedIntoId: string | null;
  /** The closed ticket that this one goes on from. */
  readonly followsId: string | null;
  readonly followUpId: string | null;
  readonly messages: number;
  readonly links: number;
  readonly openedAtMs: number;
  readonly changedAtMs: number;
};

export type TicketRow = StateRow<ShownTicketStatus> & {
  readonly by: readonly TicketActor[];
  readonly action: 'open' | 'message' | 'transition' | 'merge' | 'deadline';
  readonly event: TicketEventName;
};

const answer = 'answer: 5 business days';
const reopening = 'reopening: 14 days';
const staff: TicketActor[] = ['agent'];
const both: TicketActor[] = ['requester', 'agent'];
const working = ['new', 'open', 'pending_customer', 'pending_internal'] as const;

/** The state table: every legal change of a ticket's status. */
export const ticketTable: StateTable<ShownTicketStatus, TicketRow> = {
  noun: 'ticket',
  first: 'pending',
  resting: [],
  // Ours to leave: clocks run meanwhile, and who lets them run out is told of.
  attended: ['new', 'open', 'pending_internal'],
  shownAs: {},
  rows: [
    row('pending', 'new', 'open', ['requester', 'agent', 'system'], 'ticket.opened', null),
    row('new', 'open', 'message', staff, 'ticket.replied', null),
    row('pending_customer', 'open', 'message', ['requester'], 'ticket.answered', null),
    row('resolved', 'open', 'message', ['requester'], 'ticket.reopened', null),
    ...(['new', 'pending_customer', 'pending_internal'] as const).map((from) =>
      row(from, 'open', 'transition', staff, 'ticket.taken', null),
    ),
    ...(['new', 'open', 'pending_internal'] as const).map((from) =>
      row(from, 'pending_customer', 'transition', staff, 'ticket.waiting', answer),
    ),
    ...(['new', 'open', 'pending_customer'] as const).map((from) =>
      row(from, 'pending_internal', 'transition', staff, 'ticket.handed_over', null),
    ),
    ...working.map((from) =>
      row(from, 'resolved', 'transition', both, 'ticket.resolved', reopening),
    ),
    row('pending_customer', 'resolved', 'deadline', ['timer'], 'ticket.resolved', reopening),
    row('resolved', 'open', 'transition', both, 'ticket.reopened', null),
    row('resolved', 'closed', 'transition', both, 'ticket.closed', null),
    row('resolved', 'closed', 'deadline', ['timer'], 'ticket.closed', null),
    ...([...working, 'resolved'] as const).map((from) =>
      row(from, 'closed', 'merge', staff, 'ticket.merged', null),
    ),
  ],
};

function row(
  from: ShownTicketStatus,
  to: TicketStatus,
  action: TicketRow['action'],
  by: readonly TicketActor[],
  event: TicketEventName,
  deadline: string | null,
): TicketRow {
  return { from, to, action, by, event, posting: null, deadline };
}
