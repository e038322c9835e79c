import { LedgerFault } from '../database/fault.ts';
import type { Hold } from '../ledger/book-state.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { CaptureItem, LedgerItem, Refusal } from '../ledger/items.ts';
import { receivingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { authorizationSeconds, holdOfPayment, secondHoldIdOf } from './decide.ts';
import { feeGrowthOf } from './fees.ts';
import type { FeeSchedule } from './fees.ts';
import { paymentStates } from './payment.ts';
import type { PaymentAction, PaymentEventName, PaymentStatus } from './payment.ts';
import type { LockedPayment } from './shelf.ts';

/** What is asked to be done to a payment. */
export type PaymentActionRequest = {
  /** The intent's; the ids of what is posted follow from it. */
  readonly id: string;
  readonly action: PaymentAction;
  /** Of a capture, in minor units; 0 is all that is left. */
  readonly amountMinor: bigint;
  /** Of a capture: the last one, which gives back the rest. */
  readonly final: boolean;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

/** Why an action on a payment is refused. */
export type ActionFailure =
  | 'payment_not_found'
  | 'invalid_state'
  | 'authorization_expired'
  | 'review_expired'
  | 'capture_exceeds_authorization'
  | 'account_frozen'
  | 'account_closed'
  | 'limit_exceeded';

/** `payment` is as the action leaves it. */
export type ActionOutcome =
  | { readonly ok: true; readonly payment: LockedPayment; readonly event: PaymentEventName }
  | { readonly ok: false; readonly code: ActionFailure };

/** What an action is decided against: all of it read under the locks. */
export type ActionContext = {
  readonly payment: LockedPayment;
  readonly payee: WalletFacts;
  /** What the payee pays for captures, if it is a merchant. */
  readonly fee: FeeSchedule;
  readonly book: Book;
};

/**
 * What stands against an action as far as the payment's state tells; null when nothing does. The
 * edge asks it of what is committed, the ledger under the payment's lock.
 */
export function objectionTo(
  action: PaymentAction,
  payment: { status: PaymentStatus },
): 'invalid_state' | 'authorization_expired' | null {
  const { status } = payment;
  if (paymentStates.rows.some((row) => row.from === status && row.action === action)) return null;
  return status === 'expired' && action === 'capture' ? 'authorization_expired' : 'invalid_state';
}

/** Decides an action against the running book and posts what it moves or releases. */
export function decidePaymentAction(
  request: PaymentActionRequest,
  context: ActionContext,
): ActionOutcome {
  const objection = objectionTo(request.action, context.payment);
  if (objection !== null) return { ok: false, code: objection };
  const hold = holdOfPayment(context.book, context.payment);
  if (hold === undefined) throw new LedgerFault('broken_invariant', 'a payment waits without hold');
  return deciders[request.action](request, { ...context, hold });
}

type Held = ActionContext & { readonly hold: Hold };

const deciders: Readonly<
  Record<PaymentAction, (request: PaymentActionRequest, context: Held) => ActionOutcome>
> = { capture, cancel, approve, reject };

function capture(request: PaymentActionRequest, context: Held): ActionOutcome {
  const { payment } = context;
  const leftMinor = payment.amountMinor - payment.capturedMinor;
  const amountMinor = request.amountMinor === 0n ? leftMinor : request.amountMinor;
  if (amountMinor > leftMinor) return { ok: false, code: 'capture_exceeds_authorization' };
  const isLast = request.final || amountMinor === leftMinor;
  return captured(request, context, { amountMinor, isLast });
}

/** The rest goes back; what was captured of it before stays so. */
function cancel(request: PaymentActionRequest, { payment, hold, book }: Held): ActionOutcome {
  const id = deriveId(request.acceptedAtMs, request.id, 'release');
  const result = book.post({ type: 'void', id, holdId: hold.id });
  if (!result.ok) return { ok: false, code: failureOf(result.reason, payment) };
  const isPartly = payment.capturedMinor > 0n;
  return {
    ok: true,
    payment: {
      ...payment,
      status: isPartly ? 'captured' : 'canceled',
      version: payment.version + 1,
    },
    event: isPartly ? 'payment.released' : 'payment.canceled',
  };
}

/** What was to be captured at once is; else the money stays set aside as an authorization. */
function approve(request: PaymentActionRequest, context: Held): ActionOutcome {
  const { payment, hold, book } = context;
  if (payment.capture === 'automatic') {
    return captured(request, context, { amountMinor: payment.amountMinor, isLast: true });
  }
  const seconds = payment.authorizationSeconds ?? authorizationSeconds;
  const result = book.post(secondHold(request, payment, hold, seconds));
  if (!result.ok) return { ok: false, code: failureOf(result.reason, payment) };
  return {
    ok: true,
    payment: {
      ...payment,
      ...{ status: 'authorized', version: payment.version + 1 },
      authorizationExpiresInSeconds: seconds,
    },
    event: 'payment.authorized',
  };
}

function reject(request: PaymentActionRequest, { payment, hold, book }: Held): ActionOutcome {
  const id = deriveId(request.acceptedAtMs, request.id, 'release');
  const result = book.post({ type: 'void', id, holdId: hold.id });
  if (!result.ok) return { ok: false, code: failureOf(result.reason, payment) };
  return {
    ok: true,
    payment: { ...payment, status: 'rejected', version: payment.version + 1 },
    event: 'payment.rejected',
  };
}

/** A hold is for one purpose and time: another takes its place, both or neither. */
function secondHold(
  request: PaymentActionRequest,
  payment: LockedPayment,
  hold: Hold,
  expiresInSeconds: number,
): LedgerItem {
  const { id: paymentId, acceptedAtMs, amountMinor, currency } = payment;
  const idOf = (what: string): string => deriveId(request.acceptedAtMs, request.id, what);
  return {
    type: 'chain',
    id: idOf('approval'),
    items: [
      { type: 'void', id: idOf('release'), holdId: hold.id },
      {
        ...{ type: 'hold', id: secondHoldIdOf(acceptedAtMs, paymentId), reason: 'authorization' },
        ...{ accountId: hold.accountId, amountMinor, currency, paymentId, expiresInSeconds },
      },
    ],
  };
}

/** Each capture pays what the fee of all of them grows by. */
function captured(
  request: PaymentActionRequest,
  { payment, payee, fee, hold, book }: Held,
  { amountMinor, isLast }: { amountMinor: bigint; isLast: boolean },
): ActionOutcome {
  const capturedMinor = payment.capturedMinor + amountMinor;
  const growth = payee.kind === 'merchant' ? feeGrowthOf(payment, amountMinor, fee) : 0n;
  const feeMinor = payment.feeMinor + growth;
  const item: CaptureItem = {
    ...{ type: 'capture', id: deriveId(request.acceptedAtMs, request.id, 'payment') },
    ...{ holdId: hold.id, kind: 'payment', intentId: request.id, final: isLast },
    to: [
      { accountId: receivingAccountOf(payee), amountMinor: amountMinor - growth },
      { accountId: payee.platform.fees, amountMinor: growth },
    ].filter((credit) => credit.amountMinor > 0n),
  };
  const result = book.post(item);
  if (!result.ok) return { ok: false, code: failureOf(result.reason, payment) };
  const status = isLast ? 'captured' : payment.status;
  return {
    ok: true,
    payment: { ...payment, status, version: payment.version + 1, capturedMinor, feeMinor },
    event: 'payment.captured',
  };
}

/** How the ledger's refusals are told; any other cannot be the caller's doing: a fault of ours. */
function failureOf(reason: Refusal, { status }: LockedPayment): ActionFailure {
  switch (reason) {
    case 'hold_expired':
      return status === 'in_review' ? 'review_expired' : 'authorization_expired';
    case 'hold_closed':
      return 'invalid_state';
    case 'account_frozen':
    case 'account_closed':
    case 'limit_exceeded':
      return reason;
    default:
      throw new LedgerFault('broken_invariant', `an action on a payment was ${reason}`);
  }
}
