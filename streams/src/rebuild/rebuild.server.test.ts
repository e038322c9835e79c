import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { features } from '@wallet/core-ledger';
import { createLog, systemClock } from '@wallet/runtime';
import { topics, type PaymentIntent, type Publisher } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent, type TestWire } from '@wallet/schemas/testing';
import type { Counted } from '../fraud/counted.ts';
import { velocityPlan } from '../fraud/plan.ts';
import { createRedisLinks, type RedisLinks } from '../fraud/redis-links.ts';
import { createVelocity, type Velocity } from '../fraud/velocity.ts';
import { discardGeneration } from './discard.ts';
import { createFiller } from './filler.ts';
import { rebuildCounters } from './rebuild.ts';

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const log = createLog({ role: 'test', level: 'error' });
const plan = velocityPlan(null);
const deadlineMs = 5_000;
const day = 86_400_000;
const partitions = 8;

let bench: TestWire;
let publisher: Publisher;
let links: RedisLinks;
const opened: Velocity[] = [];
beforeAll(async () => {
  bench = await createTestWire('rebuild');
  publisher = bench.wire.createPublisher();
  links = createRedisLinks({ url: redisUrl, prepare: [], log });
});
afterAll(async () => {
  for (const velocity of opened) velocity.close();
  links.close();
  await publisher.close();
  await bench.close();
});

async function open(keyPrefix: string, generation?: string): Promise<Velocity> {
  const velocity = await createVelocity({
    ...{ url: redisUrl, keyPrefix, log, metrics: bench.metrics },
    ...(generation === undefined ? {} : { generation }),
  });
  opened.push(velocity);
  return velocity;
}

/** Partition and offset are the log's: this test is its only writer. */
const offsets = Array<number>(partitions).fill(0);
async function publish(payer: number, acceptedMs: number): Promise<Counted> {
  const partition = payer % partitions;
  const context = { ip: '192.0.2.1', device_id: `device-${payer % 3}`, card_bin: null };
  const intent: PaymentIntent = samplePaymentIntent({
    ...{ payer_id: `payer-${payer}`, payee_id: `payee-${payer % 5}`, accepted_at: acceptedMs },
    context: { ...context, card_fingerprint: null, country: 'DE' },
    payload_hash: createHash('sha256').update(randomUUID()).digest(),
  });
  const value = bench.wire.codec.encode(topics.paymentIntents, intent);
  await publisher.publish({
    ...{ topic: topics.paymentIntents.name, partition, key: String(payer), value },
  });
  const offset = offsets[partition] ?? 0;
  offsets[partition] = offset + 1;
  return {
    ...{ payment: intent, id: intent.intent_id, amountMinor: Number(intent.amount_minor) },
    ...{ atMs: acceptedMs, partition, offset, complete: true },
    features: new Float64Array(features.length).fill(NaN),
  };
}

async function peek(velocity: Velocity, payer: number, atMs: number): Promise<number[]> {
  const context = { ip: '192.0.2.1', device_id: `device-${payer % 3}`, country: 'DE' };
  const item: Counted = {
    payment: {
      ...{ payer_id: `payer-${payer}`, payee_id: `payee-${payer % 5}` },
      context: { ...context, card_fingerprint: null },
    },
    ...{ id: randomUUID(), amountMinor: 1, atMs, partition: 0, offset: 0, complete: true },
    features: new Float64Array(features.length).fill(NaN),
  };
  await velocity.peek([item], plan, deadlineMs);
  expect(item.complete).toBe(true);
  return [...item.features];
}

test('live payments go on beside a rebuild, and behind it nothing is lost', async () => {
  const keyPrefix = `test-${randomUUID()}:`;
  const generation = 'second';
  // Everything in order and in one place: what the rebuilt counters must say in the end.
  const reference = await open(`test-${randomUUID()}:`);
  const live = await open(keyPrefix);
  const target = await open(keyPrefix, generation);
  const startMs = systemClock.nowMs();
  for (let step = 0; step < 120; step += 1) {
    const one = await publish(step % 10, startMs - 6 * day + step * 3_600_000);
    await reference.count([one], plan, deadlineMs);
  }
  // The live counters have lost all that.
  expect((await peek(live, 1, startMs))[0]).toBe(0);

  const filler = createFiller({
    ...{ wire: bench.wire, velocity: target, plan, onProgress: () => undefined },
    contexts: () => Promise.resolve(new Map()),
    ...{ isWanted: () => true, group: 'rebuild' },
  });
  let phase = '';
  let done = false;
  const rebuilt = rebuildCounters({
    ...{ links, keyPrefix, generation, filler, clock: systemClock, fromMs: startMs - 30 * day },
    onPhase: (next) => {
      phase = next;
    },
  }).finally(() => {
    done = true;
  });
  const seen = { reading: 0, 'handing over': 0 };
  for (let payer = 0; !done; payer = (payer + 1) % 10) {
    const one = await publish(payer, systemClock.nowMs());
    await reference.count([one], plan, deadlineMs);
    await live.count([one], plan, deadlineMs);
    expect(one.complete).toBe(true);
    if (phase === 'reading' || phase === 'handing over') seen[phase] += 1;
  }
  const handover = await rebuilt;
  expect(seen.reading).toBeGreaterThan(0);
  expect(seen['handing over']).toBeGreaterThan(100);

  const atMs = systemClock.nowMs();
  for (let payer = 0; payer < 10; payer += 1)
    expect(await peek(live, payer, atMs)).toEqual(await peek(reference, payer, atMs));
  expect(handover).toMatchObject({ before: '', after: generation });

  // A redelivery counts neither before nor behind the hand-over.
  const again = await publish(3, atMs);
  await live.count([again, { ...again }], plan, deadlineMs);
  await reference.count([again], plan, deadlineMs);
  expect(await peek(live, 3, atMs)).toEqual(await peek(reference, 3, atMs));

  expect(await discardGeneration(links, keyPrefix, '')).toBeGreaterThan(10);
  expect(await discardGeneration(links, keyPrefix, '')).toBe(0);
  expect(await peek(live, 3, atMs)).toEqual(await peek(reference, 3, atMs));
}, 120_000);
