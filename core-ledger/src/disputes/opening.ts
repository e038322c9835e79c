import { businessCalendar, endOfBusinessDay } from './business-calendar.ts';
import type { Dispute, DisputeStage } from './dispute.ts';
import type { DisputePolicy, DisputeReason } from './policy.ts';
import { nothingMoved } from './position.ts';
import type { Position } from './position.ts';
import type { DisputedWallets } from './postings.ts';

/** What a dispute needs to know of its payment, read under the payment's lock; minor units. */
export type DisputedPayment = {
  readonly id: string;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  readonly payerId: string;
  readonly payeeId: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly capturedMinor: bigint;
  /** Of all refunds that have not failed and were not canceled. */
  readonly refundedMinor: bigint;
  /** Of chargebacks that are open or lost. */
  readonly disputedMinor: bigint;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
  /** A dispute of it is open, be it an inquiry. */
  readonly hasOpenDispute: boolean;
};

export type DisputeRequest = {
  readonly id: string;
  /** Null is all that is left. */
  readonly amountMinor: bigint | null;
  readonly reason: DisputeReason;
  readonly description: string;
  readonly stage: DisputeStage;
  /** When the edge accepted it: a replay decides the same. Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

export type OpeningRefusal =
  | 'payment_not_captured'
  | 'already_refunded'
  | 'already_disputed'
  | 'dispute_exceeds_remaining'
  | 'dispute_window_closed'
  | 'account_closed';

export type RefusedOpening = {
  readonly ok: false;
  readonly reason: OpeningRefusal;
  /** What could be disputed, in minor units. */
  readonly remainingMinor: bigint;
};

const dayMs = 86_400_000;

/** What of a payment can still be disputed. */
function remainingOf(payment: DisputedPayment): bigint {
  return payment.capturedMinor - payment.refundedMinor - payment.disputedMinor;
}

type OpeningContext = { readonly wallets: DisputedWallets; readonly policy: DisputePolicy };

/** Why a payment cannot be disputed, or null. `amountMinor` null is all that is left. */
export function refusalOfOpening(
  payment: DisputedPayment,
  asked: { readonly amountMinor: bigint | null; readonly acceptedAtMs: number },
  { openingDays }: DisputePolicy,
): RefusedOpening | null {
  const remainingMinor = remainingOf(payment);
  const refused = (reason: OpeningRefusal): RefusedOpening => ({
    ...{ ok: false, reason, remainingMinor },
  });
  if (payment.capturedMinor === 0n) return refused('payment_not_captured');
  if (payment.refundedMinor >= payment.capturedMinor) return refused('already_refunded');
  if (payment.hasOpenDispute) return refused('already_disputed');
  if (remainingMinor <= 0n) return refused('already_disputed');
  if ((asked.amountMinor ?? 1n) > remainingMinor) return refused('dispute_exceeds_remaining');
  if (asked.acceptedAtMs > payment.acceptedAtMs + openingDays * dayMs) {
    return refused('dispute_window_closed');
  }
  return null;
}

/** Opens a dispute, or refuses it by name. Posts nothing: its position says what is to be moved. */
export function openDispute(
  request: DisputeRequest,
  payment: DisputedPayment,
  context: OpeningContext,
): { readonly ok: true; readonly dispute: Dispute } | RefusedOpening {
  const { wallets, policy } = context;
  const refusal = refusalOfOpening(payment, request, policy);
  if (refusal !== null) return refusal;
  const remainingMinor = remainingOf(payment);
  if (wallets.closed.payee) return { ok: false, reason: 'account_closed', remainingMinor };
  const { stage, acceptedAtMs } = request;
  const dispute: Dispute = {
    ...emptyDispute(request, payment),
    amountMinor: request.amountMinor ?? remainingMinor,
    status: stage === 'inquiry' ? 'opened' : 'needs_response',
    dueAtMs: endOfBusinessDay(acceptedAtMs, policy.responseDays, businessCalendar),
  };
  if (stage === 'inquiry') return { ok: true, dispute };
  return { ok: true, dispute: { ...dispute, position: claimOf(dispute, context) } };
}

/** The row of a dispute that could not be opened. */
export function failedDispute(
  request: DisputeRequest,
  payment: DisputedPayment,
  failureCode: OpeningRefusal,
): Dispute {
  const amountMinor = request.amountMinor ?? payment.amountMinor;
  return { ...emptyDispute(request, payment), amountMinor, status: 'failed', failureCode };
}

/** Where the money is while a chargeback runs. */
export function claimOf(
  { amountMinor, reason }: Pick<Dispute, 'amountMinor' | 'reason'>,
  context: OpeningContext,
): Position {
  const { wallets, policy } = context;
  const upTo = policy.provisionalUpToMinor[reason] ?? 0n;
  const isCredited = amountMinor <= upTo && !wallets.closed.payer;
  return {
    ...nothingMoved,
    reserved: amountMinor,
    credited: isCredited ? amountMinor : 0n,
    fee: feeOf(wallets, policy),
  };
}

/** Merchants pay for disputes; wallet to wallet is free. */
export function feeOf({ payeeKind }: DisputedWallets, policy: DisputePolicy): bigint {
  return payeeKind === 'merchant' ? policy.feeMinor : 0n;
}

function emptyDispute(request: DisputeRequest, payment: DisputedPayment) {
  const { id, reason, description, stage, acceptedAtMs } = request;
  const { payerWalletId, payeeWalletId, payerId, payeeId, currency } = payment;
  return {
    ...{ id, paymentId: payment.id, payerWalletId, payeeWalletId, payerId, payeeId, currency },
    ...{ reason, description, stage, failureCode: null, version: 1, position: nothingMoved },
    ...{ dueAtMs: null, appealUntilMs: null, appealedBy: null, proposal: null, decidedBy: null },
    ...{ decidedAtMs: null, evidence: { payer: 0, payee: 0 }, openedAtMs: acceptedAtMs },
  };
}
