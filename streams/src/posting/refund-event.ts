import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord, RefundOutcome } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec } from '@wallet/schemas';

/** What happened to a refund, as it is told to the world. Key: the refund's id. */
export function refundEventOf(
  codec: Codec,
  { refund, event: type }: Pick<RefundOutcome, 'refund' | 'event'>,
  told: { occurredAtMs: number; headers: Record<string, string> },
): OutboxRecord {
  const eventId = deriveId(refund.acceptedAtMs, refund.id, type, refund.version);
  const payload = codec.encode(topics.refundEvents, {
    event_id: eventId,
    type,
    refund_id: refund.id,
    refund_version: refund.version,
    payment_id: refund.paymentId,
    status: refund.status,
    payer_wallet_id: refund.payerWalletId,
    payee_wallet_id: refund.payeeWalletId,
    payer_id: refund.payerId,
    payee_id: refund.payeeId,
    amount_minor: refund.amountMinor,
    fee_returned_minor: refund.feeReturnedMinor,
    currency: refund.currency,
    failure_code: refund.failureCode,
    to_suspense: refund.toSuspense,
    accepted_at: refund.acceptedAtMs,
    occurred_at: told.occurredAtMs,
  });
  return { eventId, partition: null, key: refund.id, payload, headers: told.headers };
}
