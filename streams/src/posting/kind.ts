import type {
  Book,
  ChangeWriter,
  DisputeShelf,
  IntentKind,
  OutboxWriter,
  PaymentFactsCache,
  PaymentShelf,
  PlatformFacts,
  Shelf,
  TermsShelf,
  WalletAccountKind,
  WalletFactsCache,
  Writer,
} from '@wallet/core-ledger';
import type { Clock, LabelsOf } from '@wallet/runtime';
import type { Codec, InboundRecord, Topic } from '@wallet/schemas';

export type { Shelf, Writer };

/** What every intent says of itself, whatever it asks for. */
export type IntentFields = {
  readonly intent_id: string;
  /** SHA-256 of the canonical request. */
  readonly payload_hash: Buffer;
  readonly amount_minor: bigint;
  /** Milliseconds since 1970. */
  readonly accepted_at: number;
};

/** What an intent is about, as it says itself. Their facts are loaded before anything is locked. */
export type Concerns = {
  readonly walletIds: readonly string[];
  /** Its parties' wallets are concerned too, and its row is locked behind their accounts. */
  readonly paymentId: string | null;
  /** Accounts that the payment's wallets need for it, beyond those they began with. */
  readonly opens?: Readonly<Record<'payer' | 'payee', readonly WalletAccountKind[]>>;
  /** Currencies whose platform accounts it touches without a wallet of theirs. */
  readonly currencies?: readonly string[];
};

/** Accounts a work may touch, and the one whose order it keeps; none when a wallet is unknown. */
export type Touched = { readonly touched: readonly bigint[]; readonly ordered: bigint | null };

/** What became of one intent, for the metrics. */
export type Settled = {
  readonly kind: IntentKind;
  readonly outcome: string;
  readonly code: string | null;
  readonly acceptedAtMs: number;
};

/**
 * One kind of intent: what it concerns, and what becomes of it. Whoever posts calls `concerns`,
 * loads the facts, calls `accounts` and `ask`, locks and reads, then `decide`: in that order, once
 * a transaction, and all works of a batch together.
 */
export type Kind<Value = unknown> = {
  readonly kind: IntentKind;
  readonly topic: Topic<Value>;
  /** Where a topic carries several kinds: is the value of this one? */
  isOne?(value: Value): boolean;
  intentOf(value: Value): IntentFields;
  concerns(value: Value): Concerns;
  accounts(value: Value): Touched;
  /** Asks shelves for the rows that deciding needs. */
  ask?(value: Value): void;
  /** Decides against the book and the shelves; rows and event join the writers and the outbox. */
  decide(work: Work<Value>, book: Book): Settled;
};

/** What the kinds of one processor share. */
export type Desk = {
  readonly codec: Codec;
  readonly clock: Clock;
  readonly wallets: WalletFactsCache;
  /** The platform's accounts where no wallet names them. */
  readonly platform: PlatformFacts;
  readonly paymentFacts: PaymentFactsCache;
  /** Rows of the payments that works concern. */
  readonly payments: PaymentShelf;
  /** The history of every object. */
  readonly changes: ChangeWriter;
  /** The disputes of payments; read where a kind's trade says so. */
  readonly disputes: DisputeShelf;
  /** What was agreed with the merchants whom works concern. */
  readonly terms: TermsShelf;
  readonly outbox: OutboxWriter;
};

/** All that a processor decides, and the tables it writes: shelves are read in their order. */
export type Trade = {
  readonly kinds: readonly Kind[];
  readonly shelves: readonly Shelf[];
  readonly writers: readonly Writer[];
};

/** A record that can be decided. `bytes` are its value as it came. */
export type Work<Value = unknown> = {
  readonly kind: Kind<Value>;
  readonly record: InboundRecord;
  readonly bytes: Buffer;
  readonly value: Value;
  readonly intent: IntentFields;
};

export type DeadLetterReason = LabelsOf<'wallet_dead_letters_total'>['reason'];

/** A record that no retry makes usable. */
export type Unusable = {
  readonly kind: 'unusable';
  readonly record: InboundRecord;
  readonly reason: DeadLetterReason;
  readonly detail: string;
};

export type Item = Work | Unusable;

export function isWork(item: Item): item is Work {
  return item.kind !== 'unusable';
}
