export const caseStatuses = ['open', 'approved', 'rejected', 'expired'] as const;
export type CaseStatus = (typeof caseStatuses)[number];
export type ClosedCaseStatus = Exclude<CaseStatus, 'open'>;

/** What a case knows of its payment for ever. */
export type CaseFacts = {
  readonly id: string;
  readonly paymentId: string;
  readonly payerId: string;
  readonly payeeId: string;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Of the payment, milliseconds since 1970. */
  readonly acceptedAtMs: number;
  /** As the caller said when it was accepted. */
  readonly context: {
    readonly device_id: string | null;
    readonly ip: string | null;
    readonly card_fingerprint: string | null;
    readonly country: string | null;
  };
};

/** A case has two versions: open, and how it ended. Notes and owners do not change what it says. */
export const caseVersions = { opened: 1, closed: 2 } as const;

/** What is known of a payment once its case has ended so. Running out of time says nothing. */
export const caseLabels = {
  open: 'unknown',
  approved: 'legitimate',
  rejected: 'fraud',
  expired: 'unknown',
} as const satisfies Record<CaseStatus, string>;

export type CaseNote = {
  readonly id: string;
  readonly at: Date;
  readonly authorId: string;
  readonly role: string;
  readonly kind: 'note' | 'assigned';
  /** Whom it was given to, of `assigned`; null gives it back to the queue. */
  readonly ownerId: string | null;
  readonly text: string;
};

export type CaseView = {
  readonly id: string;
  readonly paymentId: string;
  readonly status: CaseStatus;
  readonly ownerId: string | null;
  readonly payerId: string;
  readonly payeeId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly score: number;
  readonly createdAt: Date;
  /** When the timer rejects the payment. */
  readonly dueAt: Date;
  readonly closedAt: Date | null;
};
