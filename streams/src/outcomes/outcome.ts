import type { OutcomeKind, Parties } from '@wallet/core-ledger';
import type { DisputeEvent, FraudEvent, PaymentEvent, RefundEvent } from '@wallet/schemas';

/** What became of a payment, as counters take it. */
export type Outcome = {
  readonly kind: OutcomeKind;
  readonly paymentId: string;
  /** Of the event: it counts once, however often it comes. */
  readonly id: string;
  /** When it became known, milliseconds since 1970. */
  readonly atMs: number;
  /** Minor units; at most 1e15, hence exact. */
  readonly amountMinor: number;
  readonly parties: Parties;
  /** Whether `parties.context` is what the payment carried; the event may not say. */
  readonly hasContext: boolean;
};

type Said = Pick<PaymentEvent, 'event_id' | 'payment_id' | 'payer_id' | 'payee_id' | 'occurred_at'>;

const silent = { ip: null, device_id: null, card_fingerprint: null, country: null };

/** Pure, as all of these: a replay feeds its counters with the very same outcomes. */
export function outcomesOfPayment(event: PaymentEvent): Outcome[] {
  const declined = event.type === 'payment.failed' || event.type === 'payment.rejected';
  if (declined) return [outcomeOf('declined', event, event.amount_minor)];
  // Of several partial captures the last one tells the whole.
  if (event.type === 'payment.captured' && event.status === 'captured')
    return [outcomeOf('captured', event, event.captured_minor)];
  return [];
}

export function outcomesOfFraudCase(event: FraudEvent): Outcome[] {
  const { ip, device_id, card_fingerprint, country } = event;
  const context = { ip, device_id, card_fingerprint, country };
  const of = (kind: OutcomeKind): Outcome => outcomeOf(kind, event, event.amount_minor, context);
  if (event.type === 'fraud.case_approved') return [of('review_approved')];
  if (event.type !== 'fraud.case_rejected') return [];
  return event.label === 'fraud' ? [of('review_rejected'), of('fraud')] : [of('review_rejected')];
}

export function outcomesOfRefund(event: RefundEvent): Outcome[] {
  if (event.type !== 'refund.succeeded') return [];
  return [outcomeOf('refunded', event, event.amount_minor)];
}

/** Ends of a dispute that leave the payee without (all of) the money. */
const lost = new Set(
  ['lost', 'accepted', 'expired', 'partially_won'].map((end) => `dispute.${end}`),
);

/**
 * A chargeback counts when it is opened; one for fraud counts as fraud when it is lost for the
 * first time. An appeal that is won later takes nothing back: what rules knew stays what they knew.
 */
export function outcomesOfDispute(event: DisputeEvent): Outcome[] {
  const { type, stage, reason, amount_minor, awarded_minor, appealed } = event;
  const opens = type === 'dispute.opened' && stage === 'chargeback';
  if (opens || type === 'dispute.escalated') return [outcomeOf('disputed', event, amount_minor)];
  if (reason !== 'fraudulent' || appealed || !lost.has(type)) return [];
  return [outcomeOf('fraud', event, awarded_minor > 0n ? awarded_minor : amount_minor)];
}

function outcomeOf(
  kind: OutcomeKind,
  event: Said,
  amountMinor: bigint,
  context?: Parties['context'],
): Outcome {
  const { payer_id, payee_id } = event;
  return {
    ...{ kind, paymentId: event.payment_id, id: event.event_id, atMs: event.occurred_at },
    amountMinor: Number(amountMinor),
    parties: { payer_id, payee_id, context: context ?? silent },
    hasContext: context !== undefined,
  };
}
