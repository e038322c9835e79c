import { randomUUID } from 'node:crypto';
import type { Decision, PaymentIntent } from '../records.generated.ts';

/** A payment intent of ordinary size; give what the test is about. */
export function samplePaymentIntent(given: Partial<PaymentIntent> = {}): PaymentIntent {
  return {
    intent_id: randomUUID(),
    caller_id: randomUUID(),
    payer_wallet_id: randomUUID(),
    payee_wallet_id: randomUUID(),
    payer_id: randomUUID(),
    payee_id: randomUUID(),
    amount_minor: 12_345n,
    currency: 'USD',
    capture: 'automatic',
    authorization_expires_in: null,
    description: 'a coffee',
    reference: null,
    metadata: { order: '1001' },
    context: {
      ip: '192.0.2.1',
      device_id: 'device-7',
      card_bin: null,
      card_fingerprint: null,
      country: 'DE',
    },
    payload_hash: Buffer.alloc(32, 7),
    accepted_at: 1_790_000_000_123,
    ...given,
  };
}

/** A fraud decision with as many features as the shipped catalogue has. */
export function sampleDecision(given: Partial<Decision> = {}): Decision {
  return {
    outcome: 'approve',
    score: 12,
    degraded: false,
    decided_at: 1_790_000_000_456,
    ruleset_hash: 'b'.repeat(64),
    engine_version: '1.0.0',
    catalogue_version: '1',
    findings: [
      { rule: 'many payments from one device', action: 'score', result: 'match', missing: null },
    ],
    features: Array.from({ length: 30 }, (_, at) => (at % 5 === 0 ? null : BigInt(at * 1_000))),
    lists_version: 3,
    counters_us: 900,
    evaluation_us: 12,
    ...given,
  };
}
