import type { TicketClockName } from './clock.ts';
import type { TicketPriority, TicketTeam } from './policy.ts';
import type { Ticket, TicketActor, TicketEventName, TicketStatus } from './ticket.ts';

/** What somebody does to a ticket. `atMs` is when the edge accepted it. */
export type TicketCommand = { readonly by: TicketActor; readonly atMs: number } & (
  | {
      readonly action: 'ticket_message';
      /** For the staff alone. */
      readonly internal: boolean;
      /** The id of a ticket that goes on from this one, should it be closed for good. */
      readonly followUpId: string;
    }
  | { readonly action: 'ticket_transition'; readonly to: TicketStatus }
  | {
      readonly action: 'ticket_assignment';
      /** Absent: as it is; an owner of null gives it back to the team. */
      readonly ownerId?: string | null;
      readonly team?: TicketTeam;
      readonly priority?: TicketPriority;
    }
  | { readonly action: 'ticket_link' }
  | { readonly action: 'ticket_merge'; readonly into: Ticket | undefined }
);

export type TicketRefusal =
  | 'ticket_not_found'
  | 'invalid_state'
  | 'not_allowed_for_party'
  | 'ticket_merged'
  | 'ticket_followed_up'
  | 'different_requester'
  | 'message_limit_reached'
  | 'link_limit_reached';

/** One change: a version, a line of the history and an event. `from` is null where it begins. */
export type TicketStep = {
  readonly ticket: Ticket;
  readonly from: TicketStatus | null;
  readonly event: TicketEventName;
  /** Did it come about by time? Then nobody asked for it. */
  readonly isTimed: boolean;
  /** Whose time is over, of a breach. */
  readonly clock: TicketClockName | null;
};

/**
 * The steps in their order; the last is what was asked for. After `ticket.followed_up` the message
 * belongs to a ticket still to be opened.
 */
export type TicketDecision =
  | { readonly ok: true; readonly steps: readonly TicketStep[] }
  | { readonly ok: false; readonly reason: TicketRefusal };
