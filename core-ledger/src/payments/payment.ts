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
  | 'payment.canceled';

type Edge = {
  from: 'screening' | PaymentStatus;
  to: PaymentStatus;
  by: 'settlement' | 'analyst' | 'timer' | 'party';
  event: PaymentEventName;
};

/**
 * The state table: every legal change of a payment, who makes it and what it is told as. A status
 * from which no edge leaves is terminal.
 */
export const paymentEdges: readonly Edge[] = [
  { from: 'screening', to: 'captured', by: 'settlement', event: 'payment.captured' },
  { from: 'screening', to: 'authorized', by: 'settlement', event: 'payment.authorized' },
  { from: 'screening', to: 'in_review', by: 'settlement', event: 'payment.in_review' },
  { from: 'screening', to: 'rejected', by: 'settlement', event: 'payment.rejected' },
  { from: 'screening', to: 'failed', by: 'settlement', event: 'payment.failed' },
  { from: 'in_review', to: 'captured', by: 'analyst', event: 'payment.captured' },
  { from: 'in_review', to: 'authorized', by: 'analyst', event: 'payment.authorized' },
  { from: 'in_review', to: 'rejected', by: 'analyst', event: 'payment.rejected' },
  { from: 'in_review', to: 'rejected', by: 'timer', event: 'payment.rejected' },
  { from: 'authorized', to: 'captured', by: 'party', event: 'payment.captured' },
  { from: 'authorized', to: 'canceled', by: 'party', event: 'payment.canceled' },
  { from: 'authorized', to: 'expired', by: 'timer', event: 'payment.expired' },
];

/** How a payment that settlement has just decided is told. */
export const firstEvents: Readonly<Record<PaymentStatus, PaymentEventName>> = Object.fromEntries(
  paymentEdges.map((edge) => [edge.to, edge.event]),
) as Record<PaymentStatus, PaymentEventName>;

/** Statuses that nothing leaves. */
export function isTerminal(status: ShownStatus): boolean {
  return !paymentEdges.some((edge) => edge.from === status);
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
  description: string | null;
  reference: string | null;
  metadata: Record<string, string> | null;
  /** When the edge accepted the intent. */
  createdAt: Date;
  updatedAt: Date;
};
