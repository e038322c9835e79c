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
  /** the last change of any list that was known; entries expire at decided_at */
  readonly lists_version: number;
  /** how long its batch waited for the velocity counters, microseconds */
  readonly counters_us: number;
  /** how long the rules took, microseconds */
  readonly evaluation_us: number;
};

/** An intent with its fraud decision; first, so that its bytes can be copied. Key: payer wallet id. */
export type PaymentScored = {
  readonly intent: PaymentIntent;
  readonly decision: Decision;
};

/** A reader that does not know a newer kind sees `unknown` and sets the record aside. */
export type WalletIntentKind = 'unknown' | 'top_up' | 'withdrawal' | 'capture' | 'cancel' | 'approve' | 'reject' | 'withdrawal_confirmation' | 'withdrawal_return';

/** A change of a wallet or of a payment the edge has accepted. Key: id of the object concerned. */
export type WalletIntent = {
  /** uuid; the id of the object it makes too: top-up, withdrawal, action */
  readonly intent_id: string;
  readonly caller_id: string;
  readonly kind: WalletIntentKind;
  readonly wallet_id: string;
  /** uuid of the user who owns the wallet */
  readonly owner_id: string;
  /** of a capture 0: all that is left; of what has no amount 0 */
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly reference: string | null;
  /** of its actions */
  readonly payment_id: string | null;
  /** of a capture: the last one */
  readonly final: boolean;
  readonly reason: string | null;
  /** of the caller */
  readonly actor_role: string | null;
  /** of a withdrawal */
  readonly destination: string | null;
  /** of its confirmation or return */
  readonly withdrawal_id: string | null;
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

/** A change of a wallet, or an action on another object, has succeeded or failed. Key: object_id. */
export type WalletEvent = {
  readonly event_id: string;
  /** top_up.succeeded, capture.failed, … */
  readonly type: string;
  /** id of the top-up, withdrawal or action */
  readonly object_id: string;
  readonly wallet_id: string;
  readonly owner_id: string;
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly failure_code: string | null;
  /** of an action: what it was done to (payment, refund, dispute) */
  readonly noun: string | null;
  readonly noun_id: string | null;
  readonly occurred_at: number;
};

export type FraudLabel = 'unknown' | 'legitimate' | 'fraud';

/** A case of a payment in review has changed: what analysts find out. Key: case id. */
export type FraudEvent = {
  readonly event_id: string;
  /** fraud.case_opened, fraud.case_approved, fraud.case_rejected, fraud.case_expired */
  readonly type: string;
  /** what is known of the payment from now on; a case that ran out of time says nothing */
  readonly label: FraudLabel;
  readonly case_id: string;
  /** rises by one with each change */
  readonly case_version: number;
  readonly payment_id: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  readonly payer_id: string;
  readonly payee_id: string;
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly device_id: string | null;
  readonly ip: string | null;
  readonly card_fingerprint: string | null;
  readonly country: string | null;
  readonly accepted_at: number;
  readonly occurred_at: number;
};

/** A reader that does not know a newer kind sees `unknown` and sets the record aside. */
export type RefundIntentKind = 'unknown' | 'refund' | 'refund_cancel';

/** A refund to be made, or a pending one to be canceled, as the edge has accepted it. Key: payment id. */
export type RefundIntent = {
  /** uuid; the id of the refund it makes too */
  readonly intent_id: string;
  readonly caller_id: string;
  /** role of the caller */
  readonly actor_role: string;
  readonly kind: RefundIntentKind;
  readonly refund_id: string;
  readonly payment_id: string;
  /** the payment's payer, who gets the money */
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  /** uuid of the user */
  readonly payer_id: string;
  /** uuid of the user */
  readonly payee_id: string;
  /** 0: all that may still go back */
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly reason: string | null;
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

/** A refund has changed its state. Key: refund id. */
export type RefundEvent = {
  readonly event_id: string;
  /** refund.pending, refund.succeeded, refund.failed, refund.canceled */
  readonly type: string;
  readonly refund_id: string;
  /** rises by one with each state change */
  readonly refund_version: number;
  readonly payment_id: string;
  readonly status: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  readonly payer_id: string;
  readonly payee_id: string;
  readonly amount_minor: bigint;
  /** of the payment's fee, what the platform gave back to the payee */
  readonly fee_returned_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly failure_code: string | null;
  /** the payer's wallet is closed: somebody must find out where the money belongs */
  readonly to_suspense: boolean;
  readonly accepted_at: number;
  readonly occurred_at: number;
};

/** A reader that does not know a newer kind sees `unknown` and sets the record aside. */
export type DisputeIntentKind = 'unknown' | 'dispute' | 'evidence' | 'submit' | 'accept' | 'withdraw' | 'escalate' | 'decision' | 'appeal';

/** Its bytes lie in the database under their hash before the intent is accepted. */
export type Evidence = {
  /** text, file */
  readonly kind: string;
  readonly name: string;
  readonly content_type: string;
  readonly size_bytes: number;
  readonly sha256: Buffer;
};

/** A dispute to be opened, or something to be done to one, as the edge has accepted it. Key: dispute id. */
export type DisputeIntent = {
  /** uuid; the id of the dispute it opens too */
  readonly intent_id: string;
  readonly caller_id: string;
  /** role of the caller */
  readonly actor_role: string;
  readonly kind: DisputeIntentKind;
  readonly dispute_id: string;
  readonly payment_id: string;
  /** to be disputed, 0: all that is left; of a decision: awarded to the payer; else 0 */
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  /** of a new one: inquiry, chargeback */
  readonly stage: string | null;
  /** of a new one: why, as a word; else why, as a text */
  readonly reason: string | null;
  /** of a new one */
  readonly description: string | null;
  readonly evidence: Evidence | null;
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

/** A dispute has changed its status. Won and lost are the payee's. Key: dispute id. */
export type DisputeEvent = {
  readonly event_id: string;
  /** dispute. and opened, answered, closed, escalated, submitted, accepted, withdrawn, expired, won, lost, partially_won, appealed or failed */
  readonly type: string;
  readonly dispute_id: string;
  readonly dispute_version: number;
  readonly payment_id: string;
  readonly status: string;
  /** inquiry, chargeback */
  readonly stage: string;
  readonly reason: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  readonly payer_id: string;
  readonly payee_id: string;
  /** disputed */
  readonly amount_minor: bigint;
  /** the payer's for good */
  readonly awarded_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly failure_code: string | null;
  /** the decision before was appealed: this one is the last */
  readonly appealed: boolean;
  readonly payment_accepted_at: number;
  readonly opened_at: number;
  readonly due_at: number | null;
  readonly decided_at: number | null;
  readonly occurred_at: number;
};

/** A reader that does not know a newer kind sees `unknown` and sets the record aside. */
export type SettlementIntentKind = 'unknown' | 'settlement' | 'settlement_transition' | 'settlement_window_close' | 'bank_statement';

export type BankLine = {
  /** the bank's own; good for one line */
  readonly bank_reference: string;
  /** ours, as the bank has it */
  readonly reference: string | null;
  readonly settlement_id: string | null;
  /** of that settlement */
  readonly wallet_id: string | null;
  /** money came in */
  readonly is_credit: boolean;
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
};

/** A settlement to be made, or what is to be done with one. Key: id of the object concerned. */
export type SettlementIntent = {
  /** uuid; the id of the settlement it makes too */
  readonly intent_id: string;
  readonly caller_id: string;
  /** null: the system */
  readonly actor_role: string | null;
  readonly kind: SettlementIntentKind;
  readonly settlement_id: string | null;
  /** the merchant's */
  readonly wallet_id: string | null;
  /** uuid of the user */
  readonly owner_id: string | null;
  /** settle this one alone */
  readonly payment_id: string | null;
  readonly window_id: string | null;
  /** of a transition: the status */
  readonly target: string | null;
  /** 0: all */
  readonly amount_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly reference: string | null;
  readonly reason: string | null;
  /** of a bank's statement */
  readonly lines: readonly (BankLine)[];
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

/** A settlement has changed its state, or a bank has told what cannot be placed. Key: settlement id, or the line's. */
export type SettlementEvent = {
  readonly event_id: string;
  /** settlement.<status>; bank_line.under, over, wrong_currency, unknown */
  readonly type: string;
  readonly settlement_id: string | null;
  /** rises by one with each change; 0: of a line */
  readonly settlement_version: number;
  readonly bank_line_id: string | null;
  /** of the settlement, or the outcome of the line */
  readonly status: string;
  /** the merchant's */
  readonly wallet_id: string | null;
  /** uuid of the user */
  readonly owner_id: string | null;
  readonly payment_id: string | null;
  readonly window_id: string | null;
  /** of a line: what it says */
  readonly net_minor: bigint;
  readonly confirmed_minor: bigint;
  readonly returned_minor: bigint;
  /** ISO 4217 */
  readonly currency: string;
  readonly failure_code: string | null;
  readonly occurred_at: number;
};

/** A reader that does not know a newer kind sees `unknown` and sets the record aside. */
export type TicketIntentKind = 'unknown' | 'ticket' | 'ticket_message' | 'ticket_transition' | 'ticket_assignment' | 'ticket_link' | 'ticket_merge';

export type TicketLinkTo = {
  readonly kind: string;
  readonly id: string;
};

/** A ticket to be opened, or something to be done to one, as the edge or a processor has asked for it. Key: ticket id. */
export type TicketIntent = {
  /** uuid; the id of the ticket it opens too */
  readonly intent_id: string;
  /** user, or the nil uuid: the system */
  readonly caller_id: string;
  /** role of the caller, or system */
  readonly actor_role: string;
  readonly kind: TicketIntentKind;
  readonly ticket_id: string;
  /** 0: no money is asked for */
  readonly amount_minor: bigint;
  /** of a new one: the customer whose it is */
  readonly requester_id: string | null;
  /** of a new one */
  readonly subject: string | null;
  /** of a new one and of a message */
  readonly body: string | null;
  /** of a message: for the staff alone */
  readonly internal: boolean;
  /** of a new one, and to be added: what it is about */
  readonly links: readonly (TicketLinkTo)[];
  /** of a transition: the status */
  readonly to: string | null;
  readonly reason: string | null;
  /** of an assignment; null: as it is */
  readonly owner_id: string | null;
  /** of an assignment: back to the team */
  readonly releases_owner: boolean;
  /** of an assignment, and of a new one */
  readonly team: string | null;
  /** of an assignment, and of a new one */
  readonly priority: string | null;
  /** of a merge: into which; of a new one: from which it goes on */
  readonly other_ticket_id: string | null;
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

/** Something has happened to a ticket. What was said stays in the database. Key: ticket id. */
export type TicketEvent = {
  readonly event_id: string;
  /** ticket. and opened, taken, replied, answered, noted, waiting, handed_over, resolved, reopened, closed, merged, followed_up, assigned, linked or breached */
  readonly type: string;
  readonly ticket_id: string;
  readonly ticket_version: number;
  readonly status: string;
  /** the customer whose it is */
  readonly requester_id: string | null;
  /** the member of staff who has it */
  readonly owner_id: string | null;
  readonly team: string;
  readonly priority: string;
  /** requester, agent, system */
  readonly opened_by: string;
  /** of what was said with it */
  readonly message_id: string | null;
  /** of a breach: first_response, update, resolution */
  readonly clock: string | null;
  /** into which it was merged, or by which it is followed up */
  readonly other_ticket_id: string | null;
  readonly opened_at: number;
  readonly occurred_at: number;
};
