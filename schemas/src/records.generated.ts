// Generated from schemas/avro by schemas/scripts/generate-records.ts: do not edit.

export type CaptureMode = 'automatic' | 'manual';

/** What the client told about the moment of payment; all of it optional. */
export type PaymentContext = {
  readonly ip: string | null;
  readonly device_id: string | null;
  readonly card_bin: string | null;
  readonly card_fingerprint: string | null;
  readonly country: string | null;
};

/** A payment the edge has accepted: published once, kept for good. Key: payer wallet id. */
export type PaymentIntent = {
  /** uuid; the payment's id too */
  readonly intent_id: string;
  /** uuid of the user or client who asked */
  readonly caller_id: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  /** uuid of the user who owns the payer wallet */
  readonly payer_id: string;
  /** uuid of the user who owns the payee wallet */
  readonly payee_id: string;
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly capture: CaptureMode;
  /** seconds */
  readonly authorization_expires_in: number | null;
  readonly description: string | null;
  readonly reference: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly context: PaymentContext;
  /** SHA-256 of the canonical request body: same intent id with another hash is refused */
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

export type Outcome = 'approve' | 'review' | 'block';

export type FindingResult = 'match' | 'not_evaluated';

export type Finding = {
  readonly rule: string;
  readonly action: string;
  readonly result: FindingResult;
  /** attribute that was not there */
  readonly missing: string | null;
};

/** The fraud decision with everything needed to explain it and to replay it. */
export type Decision = {
  readonly outcome: Outcome;
  readonly score: number;
  /** decided without the velocity counters */
  readonly degraded: boolean;
  readonly decided_at: number;
  readonly ruleset_hash: string;
  readonly engine_version: string;
  readonly catalogue_version: string;
  readonly findings: readonly (Finding)[];
  /** one value per attribute, in the order of the attribute catalogue of catalogue_version */
  readonly features: readonly (bigint | null)[];
};

/** An intent with its fraud decision; first, so that its bytes can be copied. Key: payer wallet id. */
export type PaymentScored = {
  readonly intent: PaymentIntent;
  readonly decision: Decision;
};

/** A reader that does not know a newer kind sees `unknown` and sets the record aside. */
export type WalletIntentKind = 'unknown' | 'top_up';

/** A change of one wallet the edge has accepted. Key: intent id. */
export type WalletIntent = {
  /** uuid; the id of the top-up too */
  readonly intent_id: string;
  readonly caller_id: string;
  readonly kind: WalletIntentKind;
  readonly wallet_id: string;
  /** uuid of the user who owns the wallet */
  readonly owner_id: string;
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly reference: string | null;
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

/** A payment has changed its state. Key: payment id. */
export type PaymentEvent = {
  readonly event_id: string;
  /** payment.captured, payment.authorized, … */
  readonly type: string;
  readonly payment_id: string;
  /** rises by one with each state change */
  readonly payment_version: number;
  readonly status: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  readonly payer_id: string;
  readonly payee_id: string;
  readonly amount_minor: bigint;
  readonly fee_minor: bigint;
  readonly captured_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly failure_code: string | null;
  readonly accepted_at: number;
  readonly occurred_at: number;
};

/** A change of one wallet has succeeded or failed. Key: id of the object concerned. */
export type WalletEvent = {
  readonly event_id: string;
  /** top_up.succeeded, top_up.failed */
  readonly type: string;
  /** id of the top-up */
  readonly object_id: string;
  readonly wallet_id: string;
  readonly owner_id: string;
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly failure_code: string | null;
  readonly occurred_at: number;
};
