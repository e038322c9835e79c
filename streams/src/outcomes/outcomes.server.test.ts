import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, featureIndex, features, type Database } from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createLog } from '@wallet/runtime';
import {
  deadLetterTopicOf,
  topics,
  type DisputeEvent,
  type FraudEvent,
  type InboundRecord,
  type PaymentEvent,
  type PaymentIntent,
  type Publisher,
  type RefundEvent,
  type Topic,
} from '@wallet/schemas';
import {
  createTestWire,
  readTopic,
  sampleDecision,
  samplePaymentIntent,
  type TestWire,
} from '@wallet/schemas/testing';
import { velocityPlan } from '../fraud/plan.ts';
import { createVelocity, type Velocity } from '../fraud/velocity.ts';
import { createContexts } from './contexts.ts';
import { createOutcomesProcessor } from './processor.ts';
import { createRecorder } from './recorder.ts';

const occurredMs = 1_800_000_000_000;
const log = createLog({ role: 'test', level: 'silent' });
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

let own: TestDatabase;
let database: Database;
let bench: TestWire;
let publisher: Publisher;
let velocity: Velocity;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test', onError: () => undefined });
  bench = await createTestWire('outcomes');
  publisher = bench.wire.createPublisher();
  const keyPrefix = `test-${randomUUID()}:`;
  velocity = await createVelocity({ url: redisUrl, keyPrefix, log, metrics: bench.metrics });
});
afterAll(async () => {
  velocity.close();
  await publisher.close();
  await bench.close();
  await database.close();
  await own.drop();
});

function newProcessor(wanted: readonly string[] = []) {
  const { codec } = bench.wire;
  return createOutcomesProcessor({
    ...{ codec, publisher, log, metrics: bench.metrics },
    recorder: createRecorder({ velocity, contexts: createContexts({ database, codec }) }),
    isWanted: (kind) => kind !== 'captured' || wanted.includes(kind),
  });
}

let nextOffset = 0;
function recordOf<T>(topic: Topic<T>, value: T | Buffer): InboundRecord {
  const bytes = Buffer.isBuffer(value) ? value : bench.wire.codec.encode(topic, value);
  const place = { topic: topic.name, partition: 2, offset: (nextOffset += 1) };
  return { ...place, timestampMs: occurredMs, key: 'key', value: bytes, headers: {} };
}

/** A payment that was screened: what settlement keeps of it is in the database. */
async function screened(): Promise<PaymentIntent> {
  const intent = samplePaymentIntent({
    accepted_at: occurredMs,
    context: {
      ...{ ip: `ip-${randomUUID()}`, device_id: `device-${randomUUID()}`, card_bin: null },
      ...{ card_fingerprint: `card-${randomUUID()}`, country: null },
    },
  });
  const scored = bench.wire.codec.encode(topics.paymentScored, {
    ...{ intent, decision: sampleDecision() },
  });
  await database.knex('decision').insert({
    ...{ payment_id: intent.intent_id, decided_at: new Date(), score: 0, degraded: false },
    ...{ outcome: 'approve', ruleset_hash: 'hash', scored },
  });
  return intent;
}

function paymentEvent(intent: PaymentIntent, type: string, status: string): PaymentEvent {
  const { payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency, accepted_at } = intent;
  return {
    ...{ event_id: randomUUID(), type, payment_id: intent.intent_id, payment_version: 1, status },
    ...{ payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency, accepted_at },
    ...{ amount_minor: intent.amount_minor, fee_minor: 0n, captured_minor: 700n },
    ...{ failure_code: null, occurred_at: occurredMs },
  };
}

function fraudEvent(intent: PaymentIntent, change: Partial<FraudEvent>): FraudEvent {
  const { payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency, context } = intent;
  const { device_id, ip, card_fingerprint, country } = context;
  return {
    ...{ event_id: randomUUID(), type: 'fraud.case_rejected', label: 'fraud', case_version: 2 },
    ...{ case_id: randomUUID(), payment_id: intent.intent_id, amount_minor: intent.amount_minor },
    ...{ payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency },
    ...{ device_id, ip, card_fingerprint, country },
    ...{ accepted_at: intent.accepted_at, occurred_at: occurredMs, ...change },
  };
}

function disputeEvent(intent: PaymentIntent, change: Partial<DisputeEvent>): DisputeEvent {
  const { payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency } = intent;
  return {
    ...{ event_id: randomUUID(), type: 'dispute.opened', status: 'open', stage: 'chargeback' },
    ...{ dispute_id: randomUUID(), dispute_version: 1, payment_id: intent.intent_id },
    ...{ reason: 'fraudulent', payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency },
    ...{ amount_minor: 300n, awarded_minor: 0n, failure_code: null, appealed: false },
    ...{ payment_accepted_at: occurredMs, opened_at: occurredMs, due_at: null, decided_at: null },
    ...{ occurred_at: occurredMs, ...change },
  };
}

/** Names and values of all outcome features above nothing, a second later. */
async function outcomesOf(payment: PaymentIntent): Promise<Record<string, number>> {
  const item = {
    ...{ payment, id: randomUUID(), amountMinor: 1, atMs: occurredMs + 1_000, partition: 0 },
    ...{ offset: 0, features: new Float64Array(features.length).fill(NaN), complete: true },
  };
  await velocity.peek([item], velocityPlan(null), 5_000);
  expect(item.complete).toBe(true);
  const found = features.flatMap(({ name, family }): [string, number][] => {
    const value = item.features[featureIndex(name)] ?? NaN;
    return family === 'outcomes' && value > 0 ? [[name, value]] : [];
  });
  return Object.fromEntries(found.filter(([name]) => name.endsWith('_30d')));
}

test('a declined payment counts at all its entities, its event names them or not', async () => {
  const intent = await screened();
  const record = recordOf(topics.paymentEvents, paymentEvent(intent, 'payment.failed', 'failed'));
  const copy = { ...record, offset: (nextOffset += 1) };
  await newProcessor().handle([record, record, copy]);
  await newProcessor().handle([record]);
  const entities = ['payer', 'payee', 'device', 'ip', 'card_fingerprint', 'pair'];
  expect(await outcomesOf(intent)).toEqual(
    Object.fromEntries(entities.map((name) => [`${name}.declined_count_30d`, 1])),
  );
});

test('a rejected case is a rejected review, and fraud when the analyst says so', async () => {
  const intent = await screened();
  const fraud = recordOf(topics.fraudEvents, fraudEvent(intent, {}));
  const unsure = fraudEvent(intent, { label: 'unknown' });
  const approved = fraudEvent(intent, { type: 'fraud.case_approved', label: 'legitimate' });
  const opened = fraudEvent(intent, { type: 'fraud.case_opened', label: 'unknown' });
  const rest = [unsure, approved, opened].map((event) => recordOf(topics.fraudEvents, event));
  await newProcessor().handle([fraud, ...rest]);
  const amount = Number(intent.amount_minor);
  expect(await outcomesOf(intent)).toEqual({
    ...{ 'payer.review_rejected_count_30d': 2, 'payee.review_rejected_count_30d': 2 },
    ...{ 'device.review_rejected_count_30d': 2, 'card_fingerprint.review_rejected_count_30d': 2 },
    ...{ 'payer.fraud_count_30d': 1, 'payee.fraud_count_30d': 1, 'device.fraud_count_30d': 1 },
    ...{ 'payer.fraud_sum_30d': amount, 'payee.fraud_sum_30d': amount },
    ...{ 'card_fingerprint.fraud_count_30d': 1, 'payer.review_approved_count_30d': 1 },
    'payee.review_approved_count_30d': 1,
  });
});

test('a chargeback counts when opened, as fraud when lost for the first time', async () => {
  const intent = await screened();
  const events = [
    disputeEvent(intent, { stage: 'inquiry' }),
    disputeEvent(intent, { type: 'dispute.escalated' }),
    disputeEvent(intent, { type: 'dispute.partially_won', awarded_minor: 200n }),
    disputeEvent(intent, { type: 'dispute.lost', appealed: true }),
    disputeEvent(intent, { type: 'dispute.lost', reason: 'not_received' }),
    disputeEvent(intent, { type: 'dispute.won' }),
  ];
  await newProcessor().handle(events.map((event) => recordOf(topics.disputeEvents, event)));
  const counts = (kind: string): [string, number][] =>
    ['payer', 'payee', 'device', 'card_fingerprint'].map((name) => [
      `${name}.${kind}_count_30d`,
      1,
    ]);
  expect(await outcomesOf(intent)).toEqual({
    ...Object.fromEntries([...counts('disputed'), ...counts('fraud')]),
    ...{ 'payer.disputed_sum_30d': 300, 'payee.disputed_sum_30d': 300 },
    ...{ 'payer.fraud_sum_30d': 200, 'payee.fraud_sum_30d': 200 },
  });
});

test('refunds count when they are made', async () => {
  const intent = await screened();
  const { payer_id, payee_id, payer_wallet_id, payee_wallet_id, currency, accepted_at } = intent;
  const make = (type: string): RefundEvent => ({
    ...{ event_id: randomUUID(), type, refund_id: randomUUID(), refund_version: 1 },
    ...{ payment_id: intent.intent_id, status: 'pending', amount_minor: 250n, currency },
    ...{ payer_id, payee_id, payer_wallet_id, payee_wallet_id, fee_returned_minor: 0n },
    ...{ failure_code: null, to_suspense: false, accepted_at, occurred_at: occurredMs },
  });
  const events = ['refund.pending', 'refund.succeeded', 'refund.failed'].map(make);
  await newProcessor().handle(events.map((event) => recordOf(topics.refundEvents, event)));
  expect(await outcomesOf(intent)).toEqual({
    ...{ 'payer.refunded_count_30d': 1, 'payer.refunded_sum_30d': 250 },
    ...{ 'payee.refunded_count_30d': 1, 'payee.refunded_sum_30d': 250 },
  });
});

test('captures are counted from the moment a rule reads them', async () => {
  const intent = await screened();
  const captured = () =>
    recordOf(topics.paymentEvents, paymentEvent(intent, 'payment.captured', 'captured'));
  await newProcessor().handle([captured()]);
  expect(await outcomesOf(intent)).toEqual({});
  const partly = paymentEvent(intent, 'payment.captured', 'authorized');
  await newProcessor(['captured']).handle([captured(), recordOf(topics.paymentEvents, partly)]);
  expect(await outcomesOf(intent)).toEqual({
    ...{ 'payer.captured_count_30d': 1, 'payer.captured_sum_30d': 700 },
    ...{ 'payee.captured_count_30d': 1, 'payee.captured_sum_30d': 700 },
  });
});

test('without Redis the batch is asked for again; what cannot be read is set aside', async () => {
  const intent = await screened();
  const record = recordOf(topics.paymentEvents, paymentEvent(intent, 'payment.failed', 'failed'));
  const { metrics } = bench;
  const away = await createVelocity({ url: 'redis://127.0.0.1:1', keyPrefix: '', log, metrics });
  const { codec } = bench.wire;
  const contexts = createContexts({ database, codec });
  const blocked = createOutcomesProcessor({
    ...{ codec, publisher, log, metrics, isWanted: () => true },
    recorder: createRecorder({ velocity: away, contexts }),
  });
  await expect(blocked.handle([record])).rejects.toMatchObject({ retriable: true });
  away.close();
  const poison = recordOf(topics.fraudEvents, Buffer.from('{"json":true}'));
  const positions = await newProcessor().handle([record, poison]);
  expect(positions).toHaveLength(2);
  expect(await outcomesOf(intent)).toMatchObject({ 'payer.declined_count_30d': 1 });
  const { brokers, topicPrefix } = bench;
  const topic = deadLetterTopicOf(topics.fraudEvents.name);
  const letters = await readTopic({ brokers, topicPrefix, topic });
  expect(letters.map(({ headers }) => headers['dead-letter-reason'])).toEqual(['not_framed']);
});
