import { createHash, randomUUID } from 'node:crypto';
import { createListHistory, loadRuleSet, readDefaultRules } from '@wallet/core-ledger';
import { createMetrics, systemClock } from '@wallet/runtime';
import { topics, type InboundRecord, type Wire } from '@wallet/schemas';
import { createTestWire } from '@wallet/schemas/testing';
import { createFraudProcessor, createVelocity, planOf } from '@wallet/streams';
import { Redis } from 'ioredis';

const rounds = 5;
const payments = 10_000;

/**
 * What screening costs a payment with three entities (payer, payee, device), without Kafka: decode,
 * count, decide, encode. Prints CPU of this process and of Redis for each round. True when the
 * median meets its budget: 50 µs here and 90 µs in Redis.
 */
export async function screening(batchSize: number): Promise<boolean> {
  const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const { wire, log, close } = await createTestWire('screening');
  const redis = new Redis(redisUrl);
  const metrics = createMetrics({ role: 'streams' });
  const keyPrefix = `bench-${randomUUID()}:`;
  const velocity = await createVelocity({ url: redisUrl, keyPrefix, log, metrics });
  const loaded = loadRuleSet(await readDefaultRules());
  if (!loaded.ok) throw new Error('the shipped rules do not load');
  const [plan, noLists] = [planOf(loaded.ruleSet), createListHistory([])];
  const publisher = { ...wire.createPublisher(), publishAll: swallow };
  const processor = createFraudProcessor({
    ...{ codec: wire.codec, publisher, velocity, log, metrics, clock: systemClock },
    liveRules: { current: () => plan },
    lists: { current: () => noLists },
  });
  const costs: { node: number; redis: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const batches = batchesOf(batchSize, round, wire);
    const redisBefore = await redisCpuMicros(redis);
    const before = process.cpuUsage();
    for (const batch of batches) await processor.handle(batch);
    const { user, system } = process.cpuUsage(before);
    const redisMicros = (await redisCpuMicros(redis)) - redisBefore;
    const cost = { node: (user + system) / payments, redis: redisMicros / payments };
    console.log(`round ${round + 1}: ${show(cost.node)} here, ${show(cost.redis)} in Redis`);
    costs.push(cost);
  }
  const labels = { reason: 'timeout' } as const;
  const late = (await metrics.read('wallet_redis_errors_total', labels)) ?? 0;
  console.log(`batches of ${batchSize}; ${late} of ${(rounds * payments) / batchSize} were late`);
  velocity.close();
  redis.disconnect();
  await close();
  return median(costs.map(({ node }) => node)) <= 50 && median(costs.map((c) => c.redis)) <= 90;
}

const show = (micros: number): string => `${micros.toFixed(1)} µs a payment`;
const swallow = (): Promise<void> => Promise.resolve();

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}

/** User and system time of the server since its start. */
async function redisCpuMicros(redis: Redis): Promise<number> {
  const told = await redis.info('cpu');
  const seconds = (name: string): number =>
    Number(new RegExp(`^${name}:(.+)$`, 'm').exec(told)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1_000_000;
}

function batchesOf(size: number, round: number, wire: Wire): InboundRecord[][] {
  return Array.from({ length: payments / size }, (_, batch) =>
    Array.from({ length: size }, (__, at) => recordOf(round * payments + batch * size + at, wire)),
  );
}

/** 2,000 payers and 50 payees, 2,000 payments a second. */
function recordOf(offset: number, wire: Wire): InboundRecord {
  const person = (kind: number, number: number): string =>
    `0193a6b0-${kind}-7000-8000-${String(number).padStart(12, '0')}`;
  const payer = Math.imul(offset, 2_654_435_761) >>> 21;
  const payee = offset % 50;
  const accepted_at = 1_800_000_000_000 + Math.floor(offset / 2);
  const context = { device_id: `device-${payer}`, ip: null, card_bin: null, country: null };
  const value = wire.codec.encode(topics.paymentIntents, {
    ...{ intent_id: randomUUID(), caller_id: person(1111, payer), payer_id: person(1111, payer) },
    ...{ payer_wallet_id: person(3333, payer), payee_wallet_id: person(4444, payee) },
    ...{ payee_id: person(2222, payee), amount_minor: BigInt(1_000 + payee), currency: 'USD' },
    ...{ capture: 'automatic', authorization_expires_in: null, description: 'coffee' },
    ...{ reference: null, metadata: null, context: { ...context, card_fingerprint: null } },
    ...{ payload_hash: createHash('sha256').update(String(offset)).digest(), accepted_at },
  });
  const place = { topic: topics.paymentIntents.name, partition: payer % 8, offset };
  return { ...place, timestampMs: accepted_at, key: person(3333, payer), value, headers: {} };
}
