import { isFinal } from '../states/state-table.ts';
import type { StateRow, StateTable } from '../states/state-table.ts';

export type PaymentStatus =
  'in_review' | 'authorized' | 'captured' | 'failed' | 'rejected' | 'expired' | 'canceled';

/** Before its first row a payment is `received` or `screening`: known to the edge alone. */
export type ShownStatus = PaymentStatus | 'received' | 'screening';

/** Why a payment failed; the `failure_code` of the contract. */
export type PaymentFailure =
  | 'wallet_not_found'
  | 'same_account'
  | 'currency_mismatch'
  | 'insufficient_funds'
  | 'account_frozen'
  | 'account_closed'
  | 'invalid_amount'
  | 'limit_exceeded';

export type PaymentEventName =
  | 'payment.captured'
  | 'payment.authorized'
  | 'payment.in_review'
  | 'payment.rejected'
  | 'payment.failed'
  | 'payment.expired'
  | 'payment.canceled'
  /** The rest of a partly captured payment went back to its payer. */
  | 'payment.released';

/** What a person may do to a payment. */
export type PaymentAction = 'capture' | 'cancel' | 'approve' | 'reject';

type PaymentRow = StateRow<'screening' | PaymentStatus> & {
  readonly action: PaymentAction | 'settle' | 'time_out' | 'expire';
  readonly by: readonly ('settlement' | 'payer' | 'payee' | 'analyst' | 'timer')[];
  readonly event: PaymentEventName;
};

const settled = { from: 'screening', action: 'settle', by: ['settlement'] } as const;
const inReview = { from: 'in_review', deadline: null } as const;
const authorized = { from: 'authorized', deadline: null } as const;
const capturing = 'DR payer y, CR payee y − f, CR fees f';
const released = 'hold released';
const reviewed = '24 hours after the payment: time_out';
const authorizedUntil = 'authorization_expires_at: expire';

/**
 * Every legal change of a payment. A partly captured one stays authorized until the rest is
 * captured, given back or expires; then it is captured, for money has moved.
 */
export const paymentStates: StateTable<'screening' | PaymentStatus, PaymentRow> = {
  noun: 'payment',
  first: 'screening',
  resting: [],
  shownAs: {},
  rows: [
    { ...settled, to: 'captured', event: 'payment.captured', posting: capturing, deadline: null },
    {
      ...{ ...settled, to: 'authorized', event: 'payment.authorized' },
      ...{ posting: 'hold X', deadline: authorizedUntil },
    },
    {
      ...{ ...settled, to: 'in_review', event: 'payment.in_review' },
      ...{ posting: 'hold X', deadline: reviewed },
    },
    { ...settled, to: 'rejected', event: 'payment.rejected', posting: null, deadline: null },
    { ...settled, to: 'failed', event: 'payment.failed', posting: null, deadline: null },
    {
      ...{ ...inReview, to: 'captured', action: 'approve', by: ['analyst'] },
      ...{ event: 'payment.captured', posting: capturing },
    },
    {
      ...{ ...inReview, to: 'authorized', action: 'approve', by: ['analyst'] },
      ...{ event: 'payment.authorized', posting: 'hold kept', deadline: authorizedUntil },
    },
    {
      ...{ ...inReview, to: 'rejected', action: 'reject', by: ['analyst'] },
      ...{ event: 'payment.rejected', posting: released },
    },
    {
      ...{ ...inReview, to: 'rejected', action: 'time_out', by: ['timer'] },
      ...{ event: 'payment.rejected', posting: released },
    },
    {
      ...{ ...authorized, to: 'authorized', action: 'capture', by: ['payee'] },
      ...{ event: 'payment.captured', posting: capturing, deadline: authorizedUntil },
    },
    {
      ...{ ...authorized, to: 'captured', action: 'capture', by: ['payee'] },
      ...{ event: 'payment.captured', posting: `${capturing}; the rest released` },
    },
    {
      ...{ ...authorized, to: 'canceled', action: 'cancel', by: ['payer', 'payee'] },
      ...{ event: 'payment.canceled', posting: released },
    },
    {
      ...{ ...authorized, to: 'captured', action: 'cancel', by: ['payer', 'payee'] },
      ...{ event: 'payment.released', posting: `the rest of the ${released}` },
    },
    {
      ...{ ...authorized, to: 'expired', action: 'expire', by: ['timer'] },
      ...{ event: 'payment.expired', posting: released },
    },
    {
      ...{ ...authorized, to: 'captured', action: 'expire', by: ['timer'] },
      ...{ event: 'payment.released', posting: `the rest of the ${released}` },
    },
  ],
};

/** States in which settlement leaves a payment. */
export type FirstStatus = 'captured' | 'authorized' | 'in_review' | 'rejected' | 'failed';

/** How a payment that settlement has just decided is told. */
export const firstEvents: Readonly<Record<FirstStatus, PaymentEventName>> = {
  captured: 'payment.captured',
  authorized: 'payment.authorized',
  in_review: 'payment.in_review',
  rejected: 'payment.rejected',
  failed: 'payment.failed',
};

/** Statuses that nothing leaves. */
export function isTerminal(status: ShownStatus): boolean {
  return status !== 'received' && isFinal(paymentStates, status);
}

/** A payment as its parties see it; amounts in minor units. Its id is its intent's id. */
export type PaymentView = {
  id: string;
  status: PaymentStatus;
  /** Rises by one with each change of state; the order of the payment's events. */
  version: number;
  payerWalletId: string;
  payeeWalletId: string;
  /** Users. */
  payerId: string;
  payeeId: string;
  amountMinor: bigint;
  feeMinor: bigint;
  capturedMinor: bigint;
  refundedMinor: bigint;
  disputedMinor: bigint;
  currency: string;
  capture: 'automatic' | 'manual';
  failureCode: PaymentFailure | null;
  authorizationExpiresAt: Date | null;
  /** When what was captured is, or was, the merchant's to take; null: nothing, or no merchant. */
  availableOn: Date | null;
  description: string | null;
  reference: string | null;
  metadata: Record<string, string> | null;
  /** When the edge accepted the intent. */
  createdAt: Date;
  updatedAt: Date;
};
