import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord, PaymentEventName, PaymentFacts } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec } from '@wallet/schemas';

/** A payment as it is after a change; amounts in minor units. */
export type ToldPayment = Omit<PaymentFacts, 'capture' | 'authorizationSeconds'> & {
  readonly status: string;
  readonly version: number;
  readonly feeMinor: bigint;
  readonly capturedMinor: bigint;
};

/** What happened to a payment, as it is told to the world. Key: the payment's id. */
export function paymentEventOf(
  codec: Codec,
  payment: ToldPayment,
  told: {
    type: PaymentEventName;
    failureCode?: string | null;
    occurredAtMs: number;
    headers: Record<string, string>;
  },
): OutboxRecord {
  const { type, failureCode = null, occurredAtMs, headers } = told;
  const eventId = deriveId(payment.acceptedAtMs, payment.id, type, payment.version);
  const payload = codec.encode(topics.paymentEvents, {
    event_id: eventId,
    type,
    payment_id: payment.id,
    payment_version: payment.version,
    status: payment.status,
    payer_wallet_id: payment.payerWalletId,
    payee_wallet_id: payment.payeeWalletId,
    payer_id: payment.payerId,
    payee_id: payment.payeeId,
    amount_minor: payment.amountMinor,
    fee_minor: payment.feeMinor,
    captured_minor: payment.capturedMinor,
    currency: payment.currency,
    failure_code: failureCode,
    accepted_at: payment.acceptedAtMs,
    occurred_at: occurredAtMs,
  });
  return { eventId, partition: null, key: payment.id, payload, headers };
}
