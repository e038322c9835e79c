import { LedgerFault } from '../database/fault.ts';
import type { Account } from '../ledger/book-state.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { FixedLeg, Refusal } from '../ledger/items.ts';
import type { LockedPayment } from '../payments/shelf.ts';
import { payingAccountOf, receivingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { returnedFeeOf } from './policy.ts';
import type { FeePolicy } from './policy.ts';
import type { Refund, RefundEventName, RefundFailure } from './refund.ts';

/** What a refund is decided against: all of it read under the payment's lock. */
export type RefundContext = {
  readonly payment: LockedPayment;
  readonly payer: WalletFacts;
  readonly payee: WalletFacts;
  readonly feePolicy: FeePolicy;
  /** The payment has a chargeback that is open. */
  readonly isDisputed: boolean;
  readonly book: Book;
};

/** Both as the decision leaves them. */
export type RefundOutcome = {
  readonly refund: Refund;
  readonly payment: LockedPayment;
  readonly event: RefundEventName;
};

/** What of a payment may still go back, in minor units. */
export function refundableOf(
  payment: Pick<
    LockedPayment,
    'capturedMinor' | 'refundedMinor' | 'refundingMinor' | 'disputedMinor'
  >,
): bigint {
  const { capturedMinor, refundedMinor, refundingMinor, disputedMinor } = payment;
  return capturedMinor - refundedMinor - refundingMinor - disputedMinor;
}

/** Accounts that deciding a refund may touch. */
export function accountsOfRefund(payer: WalletFacts, payee: WalletFacts): bigint[] {
  const { fees, suspense } = payer.platform;
  const own = new Set([payingAccountOf(payee), receivingAccountOf(payee)]);
  return [...own, payingAccountOf(payer), fees, suspense];
}

/**
 * Decides a refund that has just been asked for. One that the payee cannot pay yet stays pending,
 * and counts against the rest; one that failed never does.
 */
export function decideRefund(asked: Refund, context: RefundContext): RefundOutcome {
  const { payment, isDisputed } = context;
  const remainingMinor = refundableOf(payment);
  const amountMinor = asked.askedMinor === 0n ? remainingMinor : asked.askedMinor;
  const refund = { ...asked, amountMinor };
  if (payment.capturedMinor === 0n) return failed(refund, payment, 'invalid_state');
  if (isDisputed) return failed(refund, payment, 'payment_disputed');
  if (amountMinor > remainingMinor || amountMinor <= 0n) {
    const exceeding = { ...refund, amountMinor: asked.askedMinor, remainingMinor };
    return failed(exceeding, payment, 'refund_exceeds_remaining');
  }
  const paid = pay(refund, context);
  if (paid.ok) return succeeded(paid.refund, payment);
  if (paid.code !== 'insufficient_funds') return failed(refund, payment, paid.code);
  return {
    refund: { ...refund, status: 'pending' },
    payment: { ...payment, refundingMinor: payment.refundingMinor + amountMinor },
    event: 'refund.pending',
  };
}

/** Tries a pending refund again; null when the payee is still short. */
export function retryRefund(refund: Refund, context: RefundContext): RefundOutcome | null {
  const paid = pay(refund, context);
  return paid.ok ? succeeded(next(paid.refund), released(context.payment, refund)) : null;
}

/** A pending refund ends without money: its payee takes it back, or nobody waits any longer. */
export function endRefund(
  refund: Refund,
  payment: LockedPayment,
  as: 'canceled' | 'failed',
): RefundOutcome {
  const rest = released(payment, refund);
  if (as === 'failed') return failed(next(refund), rest, 'insufficient_funds');
  return {
    refund: { ...next(refund), status: 'canceled' },
    payment: rest,
    event: 'refund.canceled',
  };
}

function next(refund: Refund): Refund {
  return { ...refund, version: refund.version + 1 };
}

function released(payment: LockedPayment, { amountMinor }: Refund): LockedPayment {
  return { ...payment, refundingMinor: payment.refundingMinor - amountMinor };
}

function succeeded(refund: Refund, payment: LockedPayment): RefundOutcome {
  return {
    refund: { ...refund, status: 'succeeded' },
    payment: { ...payment, refundedMinor: payment.refundedMinor + refund.amountMinor },
    event: 'refund.succeeded',
  };
}

function failed(refund: Refund, payment: LockedPayment, failureCode: RefundFailure): RefundOutcome {
  return { refund: { ...refund, status: 'failed', failureCode }, payment, event: 'refund.failed' };
}

type Paid = { ok: true; refund: Refund } | { ok: false; code: RefundFailure };

/** The payee's free money goes first, then what has not cleared yet. */
function pay(refund: Refund, context: RefundContext): Paid {
  const { payment, payer, payee, book, feePolicy } = context;
  const { currency, amountMinor } = refund;
  const feeReturnedMinor = returnedFeeOf(feePolicy, payment, amountMinor);
  const ownMinor = amountMinor - feeReturnedMinor;
  const availableId = payingAccountOf(payee);
  const pendingId = receivingAccountOf(payee);
  const freeMinor = freeOf(book.account(availableId));
  const fromAvailable = availableId === pendingId || freeMinor > ownMinor ? ownMinor : freeMinor;
  const toSuspense = book.account(payingAccountOf(payer))?.status === 'closed';
  const creditedId = toSuspense ? payer.platform.suspense : payingAccountOf(payer);
  const legs: FixedLeg[] = [
    { accountId: availableId, amountMinor: -fromAvailable, currency },
    { accountId: pendingId, amountMinor: fromAvailable - ownMinor, currency },
    { accountId: payee.platform.fees, amountMinor: -feeReturnedMinor, currency },
    { accountId: creditedId, amountMinor, currency },
  ];
  const result = book.post({
    ...{ type: 'transfer', id: deriveId(refund.acceptedAtMs, refund.id, 'refund') },
    ...{ kind: 'refund', paymentId: refund.paymentId, intentId: refund.id },
    legs: legs.filter((leg) => leg.amountMinor !== 0n),
  });
  if (!result.ok) return { ok: false, code: failureOf(result.reason) };
  return { ok: true, refund: { ...refund, feeReturnedMinor, toSuspense } };
}

function freeOf(account: Account | undefined): bigint {
  if (account === undefined || account.balanceMinor <= account.heldMinor) return 0n;
  return account.balanceMinor - account.heldMinor;
}

/** How the ledger's refusals are told; any other cannot be the payee's doing: a fault of ours. */
function failureOf(reason: Refusal): RefundFailure {
  switch (reason) {
    case 'insufficient_funds':
    case 'account_frozen':
    case 'account_closed':
    case 'limit_exceeded':
      return reason;
    default:
      throw new LedgerFault('broken_invariant', `a refund was ${reason}`);
  }
}
