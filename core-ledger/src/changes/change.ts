import type { UserRole } from '../users/user.ts';

/** Whose states have a history in `object_change`. */
export type ChangedObject =
  | 'payment'
  | 'top_up'
  | 'withdrawal'
  | 'refund'
  | 'dispute'
  | 'settlement'
  | 'ticket'
  | 'fraud_case'
  | 'ruleset'
  | 'wallet';

/** A change of state, as it is written in the transaction that makes it. */
export type ObjectChange = {
  readonly object: ChangedObject;
  readonly objectId: string;
  /** The object's version after the change; one version has one change. */
  readonly version: number;
  /** Null when the object begins here. */
  readonly from: string | null;
  readonly to: string;
  /** A user's id, or with role `system` the part that acted: `timer`, `settlement`. */
  readonly actor: string;
  readonly role: ActorRole;
  readonly reason?: string | null;
  readonly requestId?: string | null;
  /** The ticket that a member of staff worked on. */
  readonly ticketId?: string | null;
  /** What else was before and is after. */
  readonly details?: Readonly<Record<string, unknown>> | null;
};

export type ActorRole = UserRole | 'system';

/** A line of an object's history, oldest first. */
export type HistoryRow = {
  readonly at: Date;
  readonly from: string | null;
  readonly to: string;
  readonly actor: string;
  readonly role: ActorRole;
  readonly reason: string | null;
  readonly requestId: string | null;
  /** The ticket from which it was done, where a member of staff did it from one. */
  readonly ticketId: string | null;
};
