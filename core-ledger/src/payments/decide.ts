import { LedgerFault } from '../database/fault.ts';
import type { Hold } from '../ledger/book-state.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { LedgerItem, Refusal } from '../ledger/items.ts';
import type { LimitRefusal } from '../ledger/limits.ts';
import { payingAccountOf, receivingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { houseFees, merchantFeeOf } from './fees.ts';
import type { FeeSchedule } from './fees.ts';
import type { FirstStatus, PaymentFailure } from './payment.ts';

/** What the ledger reads of a payment intent; the wire's record has this shape. */
export type PaymentRequest = {
  readonly intent_id: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  readonly payer_id: string;
  readonly payee_id: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly capture: 'automatic' | 'manual';
  /** Seconds; null is the longest. */
  readonly authorization_expires_in: number | null;
  readonly description: string | null;
  readonly reference: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Milliseconds since 1970. */
  readonly accepted_at: number;
};

export type FraudOutcome = 'approve' | 'review' | 'block';

/** The first row of a payment, before it is written. */
export type PaymentOutcome = {
  readonly status: FirstStatus;
  readonly feeMinor: bigint;
  readonly capturedMinor: bigint;
  readonly failureCode: PaymentFailure | null;
  /** Of a payment that is authorized, or will be after its review; from the moment it is. */
  readonly authorizationExpiresInSeconds: number | null;
  /** Which limit was exceeded, where one was. */
  readonly limit?: LimitRefusal;
};

/** An analyst has a day; then the timer rejects. */
export const reviewSeconds = 86_400;
/** The longest authorization, and the usual one. */
export const authorizationSeconds = 604_800;

/** The accounts that deciding this payment may touch. */
export function accountsOfPayment(payer: WalletFacts, payee: WalletFacts): bigint[] {
  const accounts = [payingAccountOf(payer), receivingAccountOf(payee)];
  if (payee.kind === 'merchant') accounts.push(payee.platform.fees);
  return accounts;
}

/**
 * Decides a payment against the running book, and posts to it what the decision moves or sets
 * aside. Refused by the ledger it is `failed`; refused by fraud it is `rejected`. `fee` is what a
 * merchant pays.
 */
export function decidePayment(
  request: PaymentRequest,
  fraud: FraudOutcome,
  payer: WalletFacts | undefined,
  payee: WalletFacts | undefined,
  book: Book,
  fee: FeeSchedule = houseFees,
): PaymentOutcome {
  if (payer === undefined || payee === undefined) return failed('wallet_not_found');
  if (payer.walletId === payee.walletId) return failed('same_account');
  if (payer.currency !== request.currency) return failed('currency_mismatch');
  if (payee.currency !== request.currency) return failed('currency_mismatch');
  if (book.account(receivingAccountOf(payee))?.status === 'closed') return failed('account_closed');
  if (fraud === 'block') return rejected;
  if (fraud === 'review') {
    const hold = holdItem(request, payer, 'review', reviewSeconds);
    const seconds = request.capture === 'manual' ? request.authorization_expires_in : null;
    return outcomeOf(hold, book, {
      ...nothing,
      status: 'in_review',
      authorizationExpiresInSeconds: seconds,
    });
  }
  if (request.capture === 'manual') {
    const seconds = request.authorization_expires_in ?? authorizationSeconds;
    return outcomeOf(holdItem(request, payer, 'authorization', seconds), book, {
      ...nothing,
      status: 'authorized',
      authorizationExpiresInSeconds: seconds,
    });
  }
  const feeMinor = payee.kind === 'merchant' ? merchantFeeOf(request.amount_minor, fee) : 0n;
  return outcomeOf(transferItem(request, payer, payee, feeMinor), book, {
    ...nothing,
    status: 'captured',
    feeMinor,
    capturedMinor: request.amount_minor,
  });
}

function outcomeOf(item: LedgerItem, book: Book, good: PaymentOutcome): PaymentOutcome {
  const result = book.post(item);
  if (result.ok) return good;
  const outcome = failed(failureOf(result.reason));
  return result.limit === undefined ? outcome : { ...outcome, limit: result.limit };
}

function transferItem(
  request: PaymentRequest,
  payer: WalletFacts,
  payee: WalletFacts,
  feeMinor: bigint,
): LedgerItem {
  const { intent_id: intentId, amount_minor: amountMinor, currency } = request;
  const legs = [
    { accountId: payingAccountOf(payer), amountMinor: -amountMinor, currency },
    { accountId: receivingAccountOf(payee), amountMinor: amountMinor - feeMinor, currency },
  ];
  if (feeMinor > 0n) legs.push({ accountId: payee.platform.fees, amountMinor: feeMinor, currency });
  return {
    type: 'transfer',
    id: deriveId(request.accepted_at, intentId, 'payment'),
    kind: 'payment',
    paymentId: intentId,
    intentId,
    legs,
  };
}

function holdItem(
  request: PaymentRequest,
  payer: WalletFacts,
  reason: 'review' | 'authorization',
  expiresInSeconds: number,
): LedgerItem {
  return {
    type: 'hold',
    id: holdIdOf(request.accepted_at, request.intent_id),
    accountId: payingAccountOf(payer),
    amountMinor: request.amount_minor,
    currency: request.currency,
    paymentId: request.intent_id,
    reason,
    expiresInSeconds,
  };
}

/** The hold that a payment may have from the start. */
function holdIdOf(acceptedAtMs: number, paymentId: string): string {
  return deriveId(acceptedAtMs, paymentId, 'hold');
}

/** The hold of an authorization that a review has let through: it takes the first one's place. */
export function secondHoldIdOf(acceptedAtMs: number, paymentId: string): string {
  return deriveId(acceptedAtMs, paymentId, 'hold', 1);
}

/** All holds a payment may have; at most one of them is open. */
export function holdIdsOf({ acceptedAtMs, id }: { acceptedAtMs: number; id: string }): string[] {
  return [holdIdOf(acceptedAtMs, id), secondHoldIdOf(acceptedAtMs, id)];
}

/** The hold that a payment stands on: the last it was given. */
export function holdOfPayment(
  book: Pick<Book, 'hold'>,
  payment: { acceptedAtMs: number; id: string },
): Hold | undefined {
  const [first, second] = holdIdsOf(payment).map((id) => book.hold(id));
  return second ?? first;
}

const nothing = {
  feeMinor: 0n,
  capturedMinor: 0n,
  failureCode: null,
  authorizationExpiresInSeconds: null,
} as const;

const rejected: PaymentOutcome = { ...nothing, status: 'rejected' };

function failed(failureCode: PaymentFailure): PaymentOutcome {
  return { ...nothing, status: 'failed', failureCode };
}

/** How the ledger's refusals are told; any other cannot be the payer's doing: a fault of ours. */
const failures: Readonly<Partial<Record<Refusal, PaymentFailure>>> = {
  unknown_account: 'wallet_not_found',
  invalid_amount: 'invalid_amount',
  same_account: 'same_account',
  currency_mismatch: 'currency_mismatch',
  account_closed: 'account_closed',
  account_frozen: 'account_frozen',
  insufficient_funds: 'insufficient_funds',
  limit_exceeded: 'limit_exceeded',
};

function failureOf(reason: Refusal): PaymentFailure {
  const failure = failures[reason];
  if (failure === undefined) throw new LedgerFault('broken_invariant', `a payment was ${reason}`);
  return failure;
}
