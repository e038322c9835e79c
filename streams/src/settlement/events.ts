import { deriveId, firstEvents } from '@wallet/core-ledger';
import type { OutboxRecord, PaymentOutcome, TopUpOutcome } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec, InboundRecord, PaymentIntent, WalletIntent } from '@wallet/schemas';

/** Every object is new when settlement decides it. */
const firstVersion = 1;

/** What happened to a payment, as it is told to the world. Key: the payment's id. */
export function paymentEventOf(
  codec: Codec,
  record: InboundRecord,
  intent: PaymentIntent,
  outcome: PaymentOutcome,
  occurredAtMs: number,
): OutboxRecord {
  const type = firstEvents[outcome.status];
  const eventId = deriveId(intent.accepted_at, intent.intent_id, type, firstVersion);
  const payload = codec.encode(topics.paymentEvents, {
    event_id: eventId,
    type,
    payment_id: intent.intent_id,
    payment_version: firstVersion,
    status: outcome.status,
    payer_wallet_id: intent.payer_wallet_id,
    payee_wallet_id: intent.payee_wallet_id,
    payer_id: intent.payer_id,
    payee_id: intent.payee_id,
    amount_minor: intent.amount_minor,
    fee_minor: outcome.feeMinor,
    captured_minor: outcome.capturedMinor,
    currency: intent.currency,
    failure_code: outcome.failureCode,
    accepted_at: intent.accepted_at,
    occurred_at: occurredAtMs,
  });
  return { eventId, partition: null, key: intent.intent_id, payload, headers: carried(record) };
}

/** What became of a top-up. Key: the top-up's id. */
export function topUpEventOf(
  codec: Codec,
  record: InboundRecord,
  intent: WalletIntent,
  outcome: TopUpOutcome,
  occurredAtMs: number,
): OutboxRecord {
  const type = `top_up.${outcome.status}`;
  const eventId = deriveId(intent.accepted_at, intent.intent_id, type, firstVersion);
  const payload = codec.encode(topics.walletEvents, {
    event_id: eventId,
    type,
    object_id: intent.intent_id,
    wallet_id: intent.wallet_id,
    owner_id: intent.owner_id,
    amount_minor: intent.amount_minor,
    currency: intent.currency,
    failure_code: outcome.failureCode,
    occurred_at: occurredAtMs,
  });
  return { eventId, partition: null, key: intent.intent_id, payload, headers: carried(record) };
}

/** What is carried from the request to the last event. */
const carriedHeaders = ['traceparent', 'request-id'] as const;

function carried({ headers }: InboundRecord): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of carriedHeaders) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
