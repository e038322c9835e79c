import {
  createDebtWriter,
  decideDispute,
  deriveId,
  disputedOf,
  disputePolicy,
  nothingMoved,
  postMove,
  walletsIn,
} from '@wallet/core-ledger';
import type {
  Book,
  Dispute,
  DisputedPayment,
  DisputeEventName,
  DisputeShelf,
  LockedPayment,
  ObjectChange,
  DisputeParties,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Desk, Writer } from '../posting/kind.ts';
import { disputeEventOf } from './dispute-events.ts';

/** Who changes a dispute and with what; `atMs` is when it was asked for, or when a timer ran. */
export type Cause = {
  readonly intentId: string | null;
  readonly atMs: number;
  readonly actor: Pick<ObjectChange, 'actor' | 'role' | 'reason' | 'requestId'>;
  readonly headers: Record<string, string>;
};

/** A dispute as it becomes; `event` is null when its status stays. */
export type Changed = {
  readonly dispute: Dispute;
  readonly event: DisputeEventName | null;
  /** What a new one asked for, in minor units; 0 is all that was left. */
  readonly askedMinor?: bigint;
};

export type DisputeChanges = Writer & {
  /** Moves the money of a decided change; its rows, its history and its event join the batch. */
  apply(changed: Changed, cause: Cause, parties: DisputeParties, book: Book): void;
};

export function createDisputeChanges(desk: Desk, disputes: DisputeShelf): DisputeChanges {
  const { payments } = desk;
  const debts = createDebtWriter();
  return {
    reset: () => debts.reset(),
    statements: () => debts.statements(),
    apply(changed, cause, parties, book) {
      const { dispute: to } = changed;
      const from = disputes.get(to.id)?.position ?? nothingMoved;
      postMove(book, {
        ...{ from, to: to.position, parties, paymentId: to.paymentId, intentId: cause.intentId },
        idOf: (kind) => deriveId(cause.atMs, to.id, kind, to.version),
      });
      debts.add(parties.payer, book);
      debts.add(parties.payee, book);
      const counted = disputedOf(to.position) - disputedOf(from);
      const payment = payments.get(to.paymentId);
      if (counted !== 0n && payment !== undefined) {
        payments.change({ ...payment, disputedMinor: payment.disputedMinor + counted });
      }
      note(desk, disputes, changed, cause);
    },
  };
}

/** The row, the history and the event of a change that moves no money. */
function note(
  { codec, clock, changes, outbox, paymentFacts }: Desk,
  disputes: DisputeShelf,
  { dispute, event, askedMinor }: Changed,
  { actor, headers }: Cause,
): void {
  const from = disputes.get(dispute.id)?.status ?? null;
  disputes.change(dispute, askedMinor);
  changes.add({
    ...{ object: 'dispute', objectId: dispute.id, version: dispute.version },
    ...{ from, to: dispute.status, ...actor },
  });
  if (event === null) return;
  const paymentAcceptedAtMs = paymentFacts.get(dispute.paymentId)?.acceptedAtMs ?? 0;
  const told = { type: event, paymentAcceptedAtMs, occurredAtMs: clock.nowMs(), headers };
  outbox.add(topics.disputeEvents.name, disputeEventOf(codec, dispute, told));
}

/**
 * For refunds, which come to an inquiry as to a payment: the refund ends it, at zero. The refund's
 * kind has asked the shelf for the payment's open dispute, and refused what a chargeback forbids.
 */
export function closeInquiry(desk: Desk, dispute: Dispute, cause: Cause, book: Book): void {
  const { disputes, payments, wallets } = desk;
  const payment = payments.get(dispute.paymentId);
  const payer = wallets.get(dispute.payerWalletId);
  const payee = wallets.get(dispute.payeeWalletId);
  if (payment === undefined || payer === undefined || payee === undefined) return;
  const command = { action: 'refund', by: 'refund', actorId: null, atMs: cause.atMs } as const;
  const decided = decideDispute(dispute, command, {
    ...{ payment: disputedPaymentOf(payment, disputes), policy: disputePolicy },
    wallets: walletsIn(book, { payer, payee }),
  });
  if (decided.ok) note(desk, disputes, decided, cause);
}

/** What a dispute needs to know of its payment. */
export function disputedPaymentOf(payment: LockedPayment, disputes: DisputeShelf): DisputedPayment {
  const { refundedMinor, refundingMinor, ...rest } = payment;
  const hasOpenDispute = disputes.openOf(payment.id) !== undefined;
  return { ...rest, refundedMinor: refundedMinor + refundingMinor, hasOpenDispute };
}
