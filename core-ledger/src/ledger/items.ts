/** What can be posted to the ledger, and how it is refused. Amounts are in minor units. */
import type { TransferKind } from './chart.ts';
import type { LimitRefusal } from './limits.ts';

/**
 * Judged on the leg's account: amounts as the transfer leaves them, the version as it finds it.
 * Available is balance − held.
 */
export type Condition = {
  readonly of: 'available' | 'balance' | 'version';
  readonly is: 'at_least' | 'at_most' | 'equal';
  readonly value: bigint;
};

/** One signed amount on one account, credit positive. */
export type FixedLeg = {
  readonly accountId: bigint;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly conditions?: readonly Condition[];
};

/**
 * Takes what is available on the account (balance − held, never its limit), at most `upToMinor`;
 * null is whatever there is. Where that is nothing the leg makes no entry.
 */
export type BalancingLeg = {
  readonly accountId: bigint;
  readonly currency: string;
  readonly upToMinor: bigint | null;
  readonly conditions?: readonly Condition[];
};

/**
 * Takes what the other legs of its currency leave, be it a debit or a credit; at most one for each
 * currency. Where they leave nothing it makes no entry.
 */
export type RestLeg = {
  readonly accountId: bigint;
  readonly currency: string;
  readonly rest: true;
  readonly conditions?: readonly Condition[];
};

export type Leg = FixedLeg | BalancingLeg | RestLeg;

type Described = {
  /**
   * A uuid in lower case, unique for ever among all items; one that sorts by time (version 7)
   * keeps the indexes small.
   */
  readonly id: string;
  /** What it is for, in the caller's own terms. */
  readonly reference?: string | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
};

/** Legs that post together; they sum to zero in each currency. */
export type TransferItem = Described & {
  readonly type: 'transfer';
  readonly kind: TransferKind;
  readonly paymentId: string | null;
  readonly intentId: string | null;
  readonly legs: readonly Leg[];
  /** Milliseconds since 1970, when it counts for its owner; absent or null: when it is posted. */
  readonly effectiveAtMs?: number | null;
};

/** Sets an amount of one account aside until it is captured, voided or expires. */
export type HoldItem = Described & {
  readonly type: 'hold';
  readonly accountId: bigint;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly paymentId: string | null;
  readonly reason: 'review' | 'authorization';
  /** Counted by the database's clock from the moment of writing; 1 to `maximumHoldSeconds`. */
  readonly expiresInSeconds: number;
};

/**
 * Moves what a hold set aside: the debit of the held account is implied, `to` are its credits and
 * sum to what is captured. `final` releases the rest; without it later captures may follow while
 * something remains. The payment is the hold's.
 */
export type CaptureItem = Described & {
  readonly type: 'capture';
  readonly holdId: string;
  readonly kind: TransferKind;
  readonly intentId: string | null;
  readonly to: readonly { readonly accountId: bigint; readonly amountMinor: bigint }[];
  readonly final: boolean;
};

/** Releases what a hold still sets aside. */
export type VoidItem = Described & { readonly type: 'void'; readonly holdId: string };

/** Posts the opposite of a transfer; once. Reversals themselves are not reversible. */
export type ReversalItem = Described & {
  readonly type: 'reversal';
  readonly transferId: string;
  readonly intentId: string | null;
};

/**
 * Items that post together or not at all; its neighbours are unaffected. No chain in a chain. Each
 * of its items sees what the ones before it did, and none may repeat an id.
 */
export type ChainItem = {
  readonly type: 'chain';
  readonly id: string;
  readonly items: readonly SingleItem[];
};

export type SingleItem = TransferItem | HoldItem | CaptureItem | VoidItem | ReversalItem;
export type LedgerItem = SingleItem | ChainItem;

/** Roughly in the order in which they are looked for: a wrong item is told so before a poor one. */
export type Refusal =
  | 'malformed'
  | 'unknown_account'
  | 'invalid_amount'
  | 'invalid_effective_time'
  | 'invalid_expiry'
  | 'same_account'
  | 'currency_mismatch'
  | 'kind_not_allowed'
  | 'account_closed'
  | 'account_frozen'
  | 'unbalanced'
  | 'nothing_available'
  | 'condition_failed'
  | 'insufficient_funds'
  | 'limit_exceeded'
  | 'unknown_hold'
  | 'hold_closed'
  | 'hold_expired'
  | 'hold_exceeded'
  | 'unknown_transfer'
  | 'already_reversed'
  | 'not_reversible'
  | 'empty_chain'
  | 'id_reused';

/**
 * `repeated`: the id was answered before, and this is that answer. `amounts` are those of all legs
 * in their order, 0 where a leg made no entry; given when a leg left its amount open, and not for
 * the transfers of a chain. `item` is the refused one of a chain, from 0; `limit` says which limit
 * of a tier was exceeded, and is not given again to a repeat.
 */
export type PostResult =
  | {
      readonly ok: true;
      readonly repeated: boolean;
      readonly amounts?: readonly bigint[];
    }
  | {
      readonly ok: false;
      readonly repeated: boolean;
      readonly reason: Refusal;
      readonly item?: number;
      readonly limit?: LimitRefusal;
    };

/** The bound of the contract: no single amount is larger. */
export const maximumAmountMinor = 1_000_000_000_000_000n;

/** A year: what is set aside for longer is no hold but a transfer. */
export const maximumHoldSeconds = 31_622_400;
