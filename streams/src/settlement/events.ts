import { firstEvents } from '@wallet/core-ledger';
import type { OutboxRecord, PaymentOutcome } from '@wallet/core-ledger';
import type { Codec, InboundRecord, PaymentIntent } from '@wallet/schemas';
import { carried } from '../posting/carried.ts';
import { paymentEventOf } from '../posting/payment-event.ts';

/** Every payment is new when settlement decides it. */
const firstVersion = 1;

/** What became of a payment at first. */
export function firstPaymentEventOf(
  codec: Codec,
  record: InboundRecord,
  intent: PaymentIntent,
  outcome: PaymentOutcome,
  occurredAtMs: number,
): OutboxRecord {
  const payment = {
    id: intent.intent_id,
    version: firstVersion,
    status: outcome.status,
    payerWalletId: intent.payer_wallet_id,
    payeeWalletId: intent.payee_wallet_id,
    payerId: intent.payer_id,
    payeeId: intent.payee_id,
    amountMinor: intent.amount_minor,
    feeMinor: outcome.feeMinor,
    capturedMinor: outcome.capturedMinor,
    currency: intent.currency,
    acceptedAtMs: intent.accepted_at,
  };
  return paymentEventOf(codec, payment, {
    type: firstEvents[outcome.status],
    failureCode: outcome.failureCode,
    occurredAtMs,
    headers: carried(record),
  });
}
