import { deriveId } from '@wallet/core-ledger';
import type { Dispute, DisputeEventName, OutboxRecord } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec } from '@wallet/schemas';

/** What happened to a dispute, as it is told to the world. Key: the dispute's id. */
export function disputeEventOf(
  codec: Codec,
  dispute: Dispute,
  told: {
    type: DisputeEventName;
    paymentAcceptedAtMs: number;
    occurredAtMs: number;
    headers: Record<string, string>;
  },
): OutboxRecord {
  const { type, paymentAcceptedAtMs, occurredAtMs, headers } = told;
  const eventId = deriveId(dispute.openedAtMs, dispute.id, type, dispute.version);
  const payload = codec.encode(topics.disputeEvents, {
    event_id: eventId,
    type,
    dispute_id: dispute.id,
    dispute_version: dispute.version,
    payment_id: dispute.paymentId,
    status: dispute.status,
    stage: dispute.stage,
    reason: dispute.reason,
    payer_wallet_id: dispute.payerWalletId,
    payee_wallet_id: dispute.payeeWalletId,
    payer_id: dispute.payerId,
    payee_id: dispute.payeeId,
    amount_minor: dispute.amountMinor,
    awarded_minor: dispute.position.awarded,
    currency: dispute.currency,
    failure_code: dispute.failureCode,
    appealed: dispute.appealedBy !== null,
    payment_accepted_at: paymentAcceptedAtMs,
    opened_at: dispute.openedAtMs,
    due_at: dispute.dueAtMs,
    decided_at: dispute.decidedAtMs,
    occurred_at: occurredAtMs,
  });
  return { eventId, partition: null, key: dispute.id, payload, headers };
}
