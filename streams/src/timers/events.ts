import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord, TimedChange } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec } from '@wallet/schemas';

/** What a timer made of a payment, as it is told to the world. Key: the payment's id. */
export function timedEventOf(
  codec: Codec,
  { payment, status, version, event }: TimedChange,
  occurredAtMs: number,
): OutboxRecord {
  const eventId = deriveId(payment.acceptedAtMs, payment.id, event, version);
  const payload = codec.encode(topics.paymentEvents, {
    event_id: eventId,
    type: event,
    payment_id: payment.id,
    payment_version: version,
    status,
    payer_wallet_id: payment.payerWalletId,
    payee_wallet_id: payment.payeeWalletId,
    payer_id: payment.payerId,
    payee_id: payment.payeeId,
    amount_minor: payment.amountMinor,
    fee_minor: payment.feeMinor,
    captured_minor: payment.capturedMinor,
    currency: payment.currency,
    failure_code: null,
    accepted_at: payment.acceptedAtMs,
    occurred_at: occurredAtMs,
  });
  // No request brought it about: there is nothing to carry on.
  return { eventId, partition: null, key: payment.id, payload, headers: {} };
}
