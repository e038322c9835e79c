import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createListHistory,
  features,
  loadRuleSet,
  readDefaultRules,
  type ListChange,
} from '@wallet/core-ledger';
import { createLog, createMetrics, type Metrics } from '@wallet/runtime';
import {
  deadLetterTopicOf,
  topics,
  type InboundRecord,
  type PaymentIntent,
  type PaymentScored,
  type Publisher,
} from '@wallet/schemas';
import { createTestWire, readTopic, type TestWire } from '@wallet/schemas/testing';
import { planOf } from './live-rules.ts';
import { createFraudProcessor } from './processor.ts';
import { createVelocity, type Velocity } from './velocity.ts';

const redisUrl = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const keyPrefix = `test-${randomUUID()}:`;
const acceptedAtMs = 1_800_000_000_000;
const count1h = features.findIndex(({ name }) => name === 'payer.count_1h');

let bench: TestWire;
let publisher: Publisher;
let velocity: Velocity;
beforeAll(async () => {
  bench = await createTestWire('fraud');
  publisher = bench.wire.createPublisher();
  const { log, metrics } = bench;
  velocity = await createVelocity({ url: redisUrl, keyPrefix, log, metrics });
});
afterAll(async () => {
  velocity.close();
  await publisher.close();
  await bench.close();
});

/** A processor that has just started, with lists and counters of one's choice. */
async function newProcessor(
  options: { lists?: Record<string, string>; velocity?: Velocity; rules?: string } = {},
) {
  const loaded = loadRuleSet(options.rules ?? (await readDefaultRules()));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const plan = planOf(loaded.ruleSet);
  const history = createListHistory(changesOf(options.lists ?? {}));
  const metrics: Metrics = createMetrics({ role: 'test' });
  // Dead letters are logged as errors; here they are wanted.
  const log = createLog({ role: 'test', level: 'silent' });
  const processor = createFraudProcessor({
    ...{ codec: bench.wire.codec, publisher, log, metrics },
    velocity: options.velocity ?? velocity,
    liveRules: { current: () => plan },
    lists: { current: () => history },
    clock: { nowMs: () => acceptedAtMs + 5 },
  });
  return { ...processor, metrics };
}

/** One value a list, for ever. */
function changesOf(lists: Record<string, string>): ListChange[] {
  return Object.entries(lists).map(([list, value], index) => ({
    ...{ version: index + 1, list, value, action: 'put', expiresAtMs: null, atMs: 0 },
  }));
}

function intentOf(payer: string, change: Partial<PaymentIntent> = {}): PaymentIntent {
  const context = { ip: null, device_id: `device of ${payer}`, card_bin: null };
  const ids = { payer_wallet_id: `wallet of ${payer}`, payee_wallet_id: 'shop', payer_id: payer };
  return {
    ...{ intent_id: randomUUID(), caller_id: 'caller', ...ids, payee_id: `payee of ${payer}` },
    ...{ amount_minor: 5_000n, currency: 'USD', capture: 'automatic' },
    ...{ authorization_expires_in: null, description: 'é', reference: null },
    ...{ metadata: { a: 'b' }, accepted_at: acceptedAtMs },
    context: { ...context, card_fingerprint: null, country: null },
    payload_hash: createHash('sha256').update(payer).digest(),
    ...change,
  };
}

let nextOffset = 0;
function recordOf(value: Buffer | null, partition = 3): InboundRecord {
  const offset = (nextOffset += 1);
  const headers = { traceparent: '00-trace', 'request-id': 'request' };
  const place = { topic: topics.paymentIntents.name, partition, offset };
  return { ...place, timestampMs: acceptedAtMs, key: 'key', value, headers };
}

function recordOfIntent(intent: PaymentIntent, partition = 3): InboundRecord {
  return recordOf(bench.wire.codec.encode(topics.paymentIntents, intent), partition);
}

async function scoredOf(intentId: string): Promise<(InboundRecord & { scored: PaymentScored })[]> {
  const { brokers, topicPrefix } = bench;
  const records = await readTopic({ brokers, topicPrefix, topic: topics.paymentScored.name });
  return records
    .sort((a, b) => a.offset - b.offset)
    .flatMap((record) => {
      const decoded = bench.wire.codec.decode(topics.paymentScored, record.value);
      if (!decoded.ok) throw new Error(decoded.detail);
      return decoded.value.intent.intent_id === intentId
        ? [{ ...record, scored: decoded.value }]
        : [];
    });
}

test('an intent becomes a scored payment: same partition, headers, whole intent', async () => {
  const processor = await newProcessor();
  const intent = intentOf('whole');
  const record = recordOfIntent(intent, 5);
  const positions = await processor.handle([record]);
  const place = { topic: topics.paymentIntents.name, partition: 5 };
  expect(positions).toEqual([{ ...place, nextOffset: record.offset + 1 }]);
  const [first, ...more] = await scoredOf(intent.intent_id);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ partition: 5, key: 'wallet of whole', headers: record.headers });
  expect(first?.scored.intent).toEqual(intent);
  const { decision } = first?.scored ?? {};
  const taken = { outcome: 'approve', score: 0, degraded: false, decided_at: acceptedAtMs + 5 };
  expect(decision).toMatchObject({ ...taken, findings: [] });
  expect(decision?.features[count1h]).toBe(0n);
  // Nothing is read behind them, and that is not written down.
  expect(decision?.features.length).toBeLessThan(features.length);
});

test('six small payments at once: five go through, the sixth is blocked', async () => {
  const processor = await newProcessor();
  const intents = Array.from({ length: 6 }, () => intentOf('burst', { amount_minor: 499n }));
  await processor.handle(intents.map((intent) => recordOfIntent(intent)));
  const scored = await Promise.all(intents.map(({ intent_id: id }) => scoredOf(id)));
  const outcomes = scored.map(([only]) => only?.scored.decision.outcome);
  expect(outcomes).toEqual([...Array<string>(5).fill('approve'), 'block']);
  const labels = { outcome: 'block', degraded: 'false' } as const;
  expect(await processor.metrics.read('wallet_fraud_decisions_total', labels)).toBe(1);
  const rule = { rule: 'card testing burst', mode: 'live' } as const;
  expect(await processor.metrics.read('wallet_fraud_rule_hits_total', rule)).toBe(1);
});

test('redelivered, duplicated, restarted: one count, one decision word for word', async () => {
  const processor = await newProcessor();
  const intent = intentOf('again');
  const record = recordOfIntent(intent);
  await processor.handle([record, recordOfIntent(intent)]);
  await processor.handle([record]);
  const restarted = await newProcessor();
  await restarted.handle([record]);
  await restarted.handle([recordOfIntent(intent)]);
  const scored = await scoredOf(intent.intent_id);
  expect(scored).toHaveLength(5);
  // Another process, or this one after a restart, may only have taken another time.
  const [first, ...others] = scored.map(({ scored: { decision } }) => ({
    ...decision,
    ...{ counters_us: 0, evaluation_us: 0 },
  }));
  for (const one of others) expect(one).toEqual(first);
  const next = intentOf('again');
  await restarted.handle([recordOfIntent(next)]);
  const [after] = await scoredOf(next.intent_id);
  expect(after?.scored.decision.features[count1h]).toBe(1n);
});

test('a duplicate of a busy payer counts once, within a batch and across batches', async () => {
  const processor = await newProcessor();
  const [one, two, last] = [intentOf('busy'), intentOf('busy'), intentOf('busy')];
  // More than an entity remembers by id, so that only the processor's own memory can tell.
  const others = () => Array.from({ length: 10 }, () => recordOfIntent(intentOf('busy')));
  await processor.handle([recordOfIntent(one), ...others(), recordOfIntent(one)]);
  await processor.handle([recordOfIntent(two), ...others()]);
  await processor.handle([recordOfIntent(two), recordOfIntent(last)]);
  const [scored] = await scoredOf(last.intent_id);
  expect(scored?.scored.decision.features[count1h]).toBe(22n);
  const labels = { stage: 'fraud', outcome: 'duplicate' } as const;
  expect(await processor.metrics.read('wallet_stage_records_total', labels)).toBe(2);
});

test('what cannot be screened is set aside and the next good record goes on', async () => {
  const processor = await newProcessor();
  const good = intentOf('good');
  const valid = bench.wire.codec.encode(topics.paymentIntents, good);
  const poison: [string, InboundRecord][] = [
    ['null_value', recordOf(null)],
    ['not_framed', recordOf(Buffer.from('{"json":true}'))],
    ['unknown_schema', recordOf(Buffer.concat([Buffer.from([0, 127, 1, 1, 1]), valid]))],
    ['undecodable', recordOf(valid.subarray(0, 60))],
    ['broken_invariant', recordOfIntent(intentOf('good', { amount_minor: 0n }))],
    ['broken_invariant', recordOfIntent(intentOf('good', { amount_minor: 10n ** 15n + 1n }))],
    ['too_large', recordOfIntent(intentOf('good', { description: 'x'.repeat(900_000) }))],
  ];
  await processor.handle([...poison.map(([, record]) => record), recordOfIntent(good)]);
  expect(await scoredOf(good.intent_id)).toHaveLength(1);
  const topic = deadLetterTopicOf(topics.paymentIntents.name);
  const { brokers, topicPrefix } = bench;
  const letters = await readTopic({ brokers, topicPrefix, topic });
  letters.sort((a, b) => a.offset - b.offset);
  const told = letters.map(({ headers, partition, key }) => [
    ...[headers['dead-letter-reason'], headers['dead-letter-offset'], headers['traceparent']],
    ...[headers['dead-letter-topic'], partition, key],
  ]);
  const source = topics.paymentIntents.name;
  expect(told).toEqual(
    poison.map(([reason, { offset }]) => [reason, `${offset}`, '00-trace', source, 3, 'key']),
  );
  const labels = { topic: source, reason: 'broken_invariant' } as const;
  expect(await processor.metrics.read('wallet_dead_letters_total', labels)).toBe(2);
});

test('without Redis the policy decides, says so, and lists still hold', async () => {
  const { log, metrics } = bench;
  const nowhere = 'redis://127.0.0.1:1';
  const away = await createVelocity({ url: nowhere, keyPrefix, log, metrics });
  const lists = { trusted: 'trusted' };
  const processor = await newProcessor({ lists, velocity: away });
  const intents = [
    intentOf('nobody', { amount_minor: 9_999n }),
    intentOf('nobody', { amount_minor: 10_000n }),
    intentOf('trusted', { amount_minor: 10_000n }),
    intentOf('trusted', { amount_minor: 66_600n }),
  ];
  const started = performance.now();
  await processor.handle(intents.map((intent) => recordOfIntent(intent)));
  expect(performance.now() - started).toBeLessThan(1_000);
  away.close();
  const scored = await Promise.all(intents.map(({ intent_id: id }) => scoredOf(id)));
  const decisions = scored.map(([only]) => only?.scored.decision);
  expect(decisions.map((decision) => decision?.outcome)).toEqual([
    ...['approve', 'review', 'approve', 'review'],
  ]);
  expect(decisions.map((decision) => decision?.degraded)).toEqual([true, true, true, true]);
  expect(decisions[1]?.features.every((value) => value === null)).toBe(true);
});

describe('a budget of five payments an hour', () => {
  const rules = 'block "max 5 in 1 h" when payer.count_1h >= 5';
  const outcomesOf = async (intents: readonly PaymentIntent[]): Promise<string[]> => {
    const scored = await Promise.all(intents.map(({ intent_id: id }) => scoredOf(id)));
    return scored.map(([first]) => first?.scored.decision.outcome ?? 'none');
  };

  test('fifty at once, from several partitions and processes: five go through', async () => {
    const processors = await Promise.all([0, 1, 2].map(() => newProcessor({ rules })));
    const intents = Array.from({ length: 50 }, () => intentOf('parallel'));
    const records = intents.map((intent, at) => recordOfIntent(intent, at % 3));
    await Promise.all(
      processors.map(({ handle }, at) =>
        handle(records.filter(({ partition }) => partition === at)),
      ),
    );
    const approved = (outcomes: readonly string[]) => outcomes.filter((one) => one === 'approve');
    expect(approved(await outcomesOf(intents))).toHaveLength(5);

    // A rebalance: others get the same records again. The first decision of each is the one that
    // the ledger keeps, and no counter has moved.
    const successors = await Promise.all([0, 1].map(() => newProcessor({ rules })));
    await Promise.all(
      successors.map(({ handle }, at) =>
        handle(records.filter(({ partition }) => partition % 2 === at)),
      ),
    );
    expect(approved(await outcomesOf(intents))).toHaveLength(5);
    const next = intentOf('parallel');
    await successors[0]?.handle([recordOfIntent(next, 0)]);
    const [after] = await scoredOf(next.intent_id);
    expect(after?.scored.decision.features[count1h]).toBe(50n);
  });

  test('retries under the same key use none of it', async () => {
    const processor = await newProcessor({ rules });
    const intents = Array.from({ length: 6 }, () => intentOf('retrying'));
    for (const intent of intents) {
      const copies = [0, 1, 2].map(() => recordOfIntent(intent));
      await processor.handle(copies);
      // The client comes back later, and meets another process.
      await (await newProcessor({ rules })).handle([recordOfIntent(intent)]);
    }
    expect(await outcomesOf(intents)).toEqual([...Array<string>(5).fill('approve'), 'block']);
  });
});
