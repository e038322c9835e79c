import { createHash, randomUUID } from 'node:crypto';
import { topics } from '@wallet/schemas';
import type {
  Codec,
  Decision,
  DisputeIntent,
  InboundRecord,
  PaymentIntent,
  RefundIntent,
  SettlementIntent,
  WalletIntent,
} from '@wallet/schemas';

/** Records with offsets that go on from each other in partition 0 of their topics. */
export function createRecords(codec: Codec) {
  const offsets = new Map<string, number>();
  const record = (topic: string, key: string, value: Buffer): InboundRecord => {
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1);
    const headers = { traceparent: '00-1-2-01', 'request-id': `request-${offset}` };
    return { topic, partition: 0, offset, timestampMs: Date.now(), key, value, headers };
  };
  return {
    payment(intent: Partial<PaymentIntent>, decision: Partial<Decision> = {}): InboundRecord {
      const whole = paymentIntentOf(intent);
      const scored = { intent: whole, decision: { ...approval, ...decision } };
      const value = codec.encode(topics.paymentScored, scored);
      return record(topics.paymentScored.name, whole.payer_wallet_id, value);
    },
    walletIntent(intent: Partial<WalletIntent>): InboundRecord {
      const whole = walletIntentOf(intent);
      const value = codec.encode(topics.walletIntents, whole);
      return record(topics.walletIntents.name, whole.payment_id ?? whole.intent_id, value);
    },
    refundIntent(intent: Partial<RefundIntent>): InboundRecord {
      const whole = refundIntentOf(intent);
      const value = codec.encode(topics.refundIntents, whole);
      return record(topics.refundIntents.name, whole.payment_id, value);
    },
    disputeIntent(intent: Partial<DisputeIntent>): InboundRecord {
      const whole = disputeIntentOf(intent);
      const value = codec.encode(topics.disputeIntents, whole);
      return record(topics.disputeIntents.name, whole.dispute_id, value);
    },
    settlementIntent(intent: Partial<SettlementIntent>): InboundRecord {
      const whole = settlementIntentOf(intent);
      const value = codec.encode(topics.settlementIntents, whole);
      return record(topics.settlementIntents.name, whole.settlement_id ?? whole.intent_id, value);
    },
  };
}

const approval: Decision = {
  outcome: 'approve',
  score: 0,
  degraded: false,
  decided_at: Date.now(),
  ruleset_hash: 'a'.repeat(64),
  engine_version: '1',
  catalogue_version: '1',
  findings: [],
  features: Array.from({ length: 30 }, (_, index) => BigInt(index * 1_000)),
  ...{ lists_version: 0, counters_us: 0, evaluation_us: 0 },
};

function paymentIntentOf(intent: Partial<PaymentIntent>): PaymentIntent {
  const amount = intent.amount_minor ?? 100n;
  return {
    intent_id: randomUUID(),
    caller_id: randomUUID(),
    payer_wallet_id: randomUUID(),
    payee_wallet_id: randomUUID(),
    payer_id: randomUUID(),
    payee_id: randomUUID(),
    amount_minor: amount,
    currency: 'USD',
    capture: 'automatic',
    authorization_expires_in: null,
    description: 'lunch',
    reference: null,
    metadata: null,
    context: {
      ...{ ip: '192.0.2.1', device_id: 'device-1', card_bin: null },
      ...{ card_fingerprint: null, country: null },
    },
    payload_hash: hashOf(amount),
    accepted_at: Date.now(),
    ...intent,
  };
}

function refundIntentOf(intent: Partial<RefundIntent>): RefundIntent {
  const amount = intent.amount_minor ?? 0n;
  const id = intent.intent_id ?? randomUUID();
  return {
    ...{ intent_id: id, refund_id: id, kind: 'refund', caller_id: randomUUID() },
    ...{ actor_role: 'support', payment_id: randomUUID(), amount_minor: amount, currency: 'USD' },
    ...{ payer_wallet_id: randomUUID(), payee_wallet_id: randomUUID() },
    ...{ payer_id: randomUUID(), payee_id: randomUUID(), reason: 'broken' },
    ...{ payload_hash: hashOf(amount), accepted_at: Date.now() },
    ...intent,
  };
}

function walletIntentOf(intent: Partial<WalletIntent>): WalletIntent {
  const amount = intent.amount_minor ?? 100n;
  return {
    intent_id: randomUUID(),
    caller_id: randomUUID(),
    kind: 'top_up',
    wallet_id: randomUUID(),
    owner_id: randomUUID(),
    amount_minor: amount,
    currency: 'USD',
    reference: null,
    ...{ payment_id: null, final: false, reason: null, actor_role: null },
    ...{ destination: null, withdrawal_id: null },
    payload_hash: hashOf(amount),
    accepted_at: Date.now(),
    ...intent,
  };
}

function disputeIntentOf(intent: Partial<DisputeIntent>): DisputeIntent {
  const amount = intent.amount_minor ?? 0n;
  const id = intent.intent_id ?? randomUUID();
  return {
    ...{ intent_id: id, caller_id: randomUUID(), actor_role: 'customer', kind: 'dispute' },
    ...{ dispute_id: id, payment_id: randomUUID(), amount_minor: amount, currency: 'USD' },
    ...{ stage: null, reason: null, description: null, evidence: null },
    ...{ payload_hash: hashOf(amount), accepted_at: Date.now() },
    ...intent,
  };
}

function settlementIntentOf(intent: Partial<SettlementIntent>): SettlementIntent {
  return {
    ...{ intent_id: randomUUID(), caller_id: randomUUID(), actor_role: 'operator' },
    ...{ kind: 'settlement', settlement_id: null, wallet_id: null, owner_id: randomUUID() },
    ...{ payment_id: null, window_id: null, target: null, amount_minor: 0n, currency: 'USD' },
    ...{ reference: null, reason: 'due', lines: [], payload_hash: hashOf(0n) },
    ...{ accepted_at: Date.now(), ...intent },
  };
}

function hashOf(amountMinor: bigint): Buffer {
  return createHash('sha256').update(amountMinor.toString()).digest();
}
