import {
  accountsOfRefund,
  createRefundShelf,
  decideRefund,
  endRefund,
  payingAccountOf,
} from '@wallet/core-ledger';
import type { Book, Refund, RefundFailure, RefundOutcome, RefundShelf } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { RefundIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import type { Desk, Kind, Touched, Trade, Work } from '../posting/kind.ts';
import { refundEventOf } from '../posting/refund-event.ts';
import { createActionBook } from './actions.ts';
import { closeInquiry } from './dispute-changes.ts';

/** Refunds: one asked for, and a pending one that its payee takes back. */
export function createRefunds(desk: Desk): Trade {
  const shelf = createRefundShelf();
  const actions = createActionBook(desk);
  const shared = {
    topic: topics.refundIntents,
    intentOf: (intent: RefundIntent) => intent,
    concerns: (intent: RefundIntent) => ({
      walletIds: [intent.payer_wallet_id, intent.payee_wallet_id],
      paymentId: intent.payment_id,
    }),
    accounts: (intent: RefundIntent) => accountsOf(desk, intent),
  };
  const refund: Kind<RefundIntent> = {
    ...shared,
    kind: 'refund',
    isOne: ({ kind }) => kind === 'refund',
    ask({ payee_wallet_id: payee, payment_id: paymentId }) {
      desk.terms.ask(desk.wallets.get(payee));
      desk.disputes.askOf(paymentId);
    },
    decide(work, book) {
      const outcome = decide(desk, work.value, book);
      if (outcome.payment !== null) desk.payments.change(outcome.payment);
      keep(desk, shelf, work, { ...outcome, from: null });
      if (outcome.refund.status !== 'failed') endInquiry(desk, work, book);
      const { status, failureCode: code } = outcome.refund;
      return { kind: 'refund', outcome: status, code, acceptedAtMs: work.value.accepted_at };
    },
  };
  const cancel: Kind<RefundIntent> = {
    ...shared,
    kind: 'refund_cancel',
    isOne: ({ kind }) => kind === 'refund_cancel',
    ask: ({ refund_id: id }) => shelf.ask(id),
    decide(work) {
      const { value: intent, record } = work;
      const outcome = takeBack(desk, shelf, intent);
      if (outcome !== null) {
        desk.payments.change(outcome.payment);
        keep(desk, shelf, work, { ...outcome, from: 'pending' });
      }
      return actions.record(intent, record, {
        ...{ kind: 'refund_cancel', noun: 'refund', nounId: intent.refund_id },
        code: outcome === null ? 'invalid_state' : null,
        told: {
          ...{ walletId: intent.payee_wallet_id, ownerId: intent.payee_id },
          currency: intent.currency,
        },
      });
    },
  };
  return { kinds: [refund, cancel], shelves: [shelf], writers: [actions] };
}

function accountsOf({ wallets }: Desk, intent: RefundIntent): Touched {
  const payer = wallets.get(intent.payer_wallet_id);
  const payee = wallets.get(intent.payee_wallet_id);
  if (payer === undefined || payee === undefined) return { touched: [], ordered: null };
  return { touched: accountsOfRefund(payer, payee), ordered: payingAccountOf(payee) };
}

type Decided = Pick<RefundOutcome, 'refund' | 'event'> & {
  /** Null when it stays as it is. */
  readonly payment: RefundOutcome['payment'] | null;
};

/** Who never may: the payer, whose money it would be. */
const staff: ReadonlySet<string> = new Set(['support', 'operator', 'admin']);

function decide(desk: Desk, intent: RefundIntent, book: Book): Decided {
  const asked = refundOf(intent);
  const payment = desk.payments.get(intent.payment_id);
  const payer = desk.wallets.get(payment?.payerWalletId ?? '');
  const payee = desk.wallets.get(payment?.payeeWalletId ?? '');
  const refuse = (failureCode: RefundFailure): Decided => ({
    refund: { ...asked, amountMinor: asked.askedMinor, status: 'failed', failureCode },
    ...{ payment: null, event: 'refund.failed' },
  });
  if (payment === undefined || payer === undefined || payee === undefined) {
    return refuse('payment_not_found');
  }
  const isPayee = intent.caller_id === payment.payeeId;
  if (!isPayee && !staff.has(intent.actor_role)) return refuse('not_allowed_for_party');
  const { refundFee: feePolicy } = desk.terms.get(payment.payeeWalletId);
  const isDisputed = desk.disputes.openOf(payment.id)?.stage === 'chargeback';
  return decideRefund(asked, { payment, payer, payee, feePolicy, isDisputed, book });
}

/** What its payer asked about is answered with the money. */
function endInquiry(desk: Desk, { value: intent, record }: Work<RefundIntent>, book: Book): void {
  const inquiry = desk.disputes.openOf(intent.payment_id);
  if (inquiry === undefined) return;
  const cause = {
    ...{ actor: actorOf(intent, record), headers: carried(record) },
    ...{ intentId: intent.intent_id, atMs: intent.accepted_at },
  };
  closeInquiry(desk, inquiry, cause, book);
}

/** Null when there is no such refund, or it is not pending. */
function takeBack(
  { payments }: Desk,
  shelf: RefundShelf,
  intent: RefundIntent,
): RefundOutcome | null {
  const refund = shelf.get(intent.refund_id);
  const payment = payments.get(intent.payment_id);
  if (refund?.status !== 'pending' || payment?.id !== refund.paymentId) return null;
  return endRefund(refund, payment, 'canceled');
}

function keep(
  { codec, clock, outbox, changes }: Desk,
  shelf: RefundShelf,
  { value: intent, record }: Work<RefundIntent>,
  { refund, event, from }: Decided & { from: 'pending' | null },
): void {
  shelf.put(refund);
  changes.add({
    ...{ object: 'refund', objectId: refund.id, version: refund.version },
    ...{ from, to: refund.status, ...actorOf(intent, record) },
  });
  const told = { occurredAtMs: clock.nowMs(), headers: carried(record) };
  outbox.add(topics.refundEvents.name, refundEventOf(codec, { refund, event }, told));
}

/** As it was asked for; what is decided about it is not in it yet. */
function refundOf(intent: RefundIntent): Refund {
  return {
    ...{ id: intent.intent_id, paymentId: intent.payment_id, actorId: intent.caller_id },
    ...{ payerWalletId: intent.payer_wallet_id, payeeWalletId: intent.payee_wallet_id },
    ...{ payerId: intent.payer_id, payeeId: intent.payee_id, currency: intent.currency },
    ...{ amountMinor: 0n, askedMinor: intent.amount_minor, feeReturnedMinor: 0n },
    ...{ remainingMinor: null, status: 'pending', version: 1, reason: intent.reason },
    ...{ failureCode: null, toSuspense: false, acceptedAtMs: intent.accepted_at },
  };
}
