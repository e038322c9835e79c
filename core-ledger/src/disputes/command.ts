import type { Dispute, DisputeAction, DisputeActor, DisputeEventName } from './dispute.ts';
import type { DisputedPayment, OpeningRefusal } from './opening.ts';
import type { DisputePolicy } from './policy.ts';
import type { DisputedWallets } from './postings.ts';

/** What somebody, or time, does to a dispute. */
export type DisputeCommand = {
  readonly action: DisputeAction | 'deadline' | 'refund';
  readonly by: DisputeActor;
  /** The user; null for a timer. */
  readonly actorId: string | null;
  /** Of a decision: how much of the disputed amount is the payer's, in minor units. */
  readonly awardedMinor?: bigint;
  /** When the edge accepted it, or the timer ran: it decides what is late. */
  readonly atMs: number;
};

export type DisputeRefusal =
  | OpeningRefusal
  | 'invalid_state'
  | 'not_allowed_for_party'
  | 'evidence_window_closed'
  | 'evidence_limit_reached'
  | 'appeal_window_closed'
  | 'already_appealed'
  | 'award_out_of_range'
  | 'same_person';

/** `event` is null when the status stays: evidence, and a decision that waits for a second one. */
export type DisputeDecision =
  | { readonly ok: true; readonly dispute: Dispute; readonly event: DisputeEventName | null }
  | { readonly ok: false; readonly reason: DisputeRefusal };

export type DisputeContext = {
  readonly payment: DisputedPayment;
  readonly wallets: DisputedWallets;
  readonly policy: DisputePolicy;
};
