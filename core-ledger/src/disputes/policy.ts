/** Why a payer disputes a payment. */
export const disputeReasons = [
  'fraudulent',
  'not_received',
  'not_as_described',
  'duplicate',
  'canceled',
  'other',
] as const;

export type DisputeReason = (typeof disputeReasons)[number];

/** What the house decided about disputes; amounts in minor units of whatever currency. */
export type DisputePolicy = {
  /** What a merchant pays for a chargeback, given back when it is won or withdrawn. */
  readonly feeMinor: bigint;
  /** So many days after a payment was accepted a dispute of it may be opened. */
  readonly openingDays: number;
  /** Business days for the payee to answer. */
  readonly responseDays: number;
  /** Business days for the payer to escalate an inquiry that was answered. */
  readonly escalationDays: number;
  /** Business days for us to decide; then the claim lapses. */
  readonly reviewDays: number;
  /** Business days to appeal a decision. */
  readonly appealDays: number;
  /** Decisions about more need a second person. */
  readonly secondPersonAboveMinor: bigint;
  /** Reasons for which the payer has the money while a chargeback runs, up to so much. */
  readonly provisionalUpToMinor: Readonly<Partial<Record<DisputeReason, bigint>>>;
  /** Pieces of evidence that each party may add. */
  readonly evidencePieces: number;
};

export const disputePolicy: DisputePolicy = {
  feeMinor: 1_500n,
  openingDays: 120,
  responseDays: 10,
  escalationDays: 10,
  reviewDays: 45,
  appealDays: 10,
  secondPersonAboveMinor: 50_000n,
  // Who was robbed should not wait; beyond this somebody looks first.
  provisionalUpToMinor: { fraudulent: 50_000n },
  evidencePieces: 20,
};
