import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { features, type Parties } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createOwnRedis, type OwnRedis } from '../testing/own-redis.ts';
import type { Counted } from './counted.ts';
import { tagOf, velocityKey } from './keys.ts';
import { velocityPlan } from './plan.ts';
import { createVelocity, type Velocity } from './velocity.ts';

const log = createLog({ role: 'test', level: 'silent' });
const metrics = createMetrics({ role: 'test' });
const plan = velocityPlan(null);
const deadlineMs = 50;
/** The deadline, one turn of the event loop and a busy machine. */
const promptMs = 500;
/** Whoever comes within it waits his deadline: five batches, unless the machine stands still. */
const patienceMs = 250;
const unavailable = { reason: 'unavailable' } as const;
const count1h = features.findIndex(({ name }) => name === 'payer.count_1h');

let redis: OwnRedis;
let velocity: Velocity;
let offset = 0;
beforeAll(async () => {
  redis = await createOwnRedis();
  velocity = await createVelocity({ url: redis.url, keyPrefix: 'test:', log, metrics });
});
afterAll(async () => {
  velocity.close();
  await redis.close();
});

function payment(payer: string): Counted {
  offset += 1;
  const context = { ip: null, device_id: null, card_fingerprint: null, country: null };
  const parties: Parties = { payer_id: payer, payee_id: 'payee', context };
  return {
    payment: parties,
    ...{ id: `intent-${offset}`, amountMinor: 1, atMs: 1_800_000_000_000 },
    ...{ partition: 0, offset, complete: true },
    features: new Float64Array(features.length).fill(NaN),
  };
}

async function countOne(payer: string, store = velocity) {
  const counted = payment(payer);
  const started = performance.now();
  await store.count([counted], plan, deadlineMs);
  const tookMs = performance.now() - started;
  return { complete: counted.complete, before: counted.features[count1h], tookMs };
}

/** Polls the store, not the clock: it must come back by itself. */
async function comesBack(payer: string, store = velocity): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (!(await countOne(payer, store)).complete) {
    if (performance.now() > untilMs) throw new Error('velocity did not come back within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a lost script is loaded again within the batch', async () => {
  expect(await countOne('script')).toMatchObject({ complete: true, before: 0 });
  await redis.ask('SCRIPT', 'FLUSH');
  expect(await countOne('script')).toMatchObject({ complete: true, before: 1 });
});

test('an emptied Redis begins at nothing, without a fault', async () => {
  await countOne('empty');
  await redis.ask('FLUSHALL');
  expect(await countOne('empty')).toMatchObject({ complete: true, before: 0 });
});

test('a frozen Redis costs a batch its deadline, then nothing; counting comes back', async () => {
  await countOne('frozen');
  redis.freeze();
  try {
    const took: number[] = [];
    const patient: number[] = [];
    const patientUntilMs = performance.now() + patienceMs;
    for (let batch = 0; batch < 20; batch += 1) {
      const isPatient = performance.now() < patientUntilMs;
      const { complete, tookMs } = await countOne('frozen');
      expect(complete).toBe(false);
      expect(tookMs).toBeLessThan(promptMs);
      took.push(tookMs);
      if (isPatient) patient.push(tookMs);
    }
    expect(Math.min(...patient)).toBeGreaterThan(deadlineMs / 2);
    expect(Math.min(...took.slice(10))).toBeLessThan(deadlineMs / 2);
    expect(await metrics.read('wallet_redis_errors_total', { reason: 'timeout' })).toBe(1);
  } finally {
    redis.thaw();
  }
  await comesBack('frozen');
});

test('a late Redis still counts what it was asked, on the same connection', async () => {
  expect((await countOne('late')).before).toBe(0);
  redis.freeze();
  const late = await countOne('late');
  redis.thaw();
  expect(late.complete).toBe(false);
  expect(await countOne('late')).toMatchObject({ complete: true, before: 2 });
});

test('a killed Redis makes payments incomplete; its successor is used by itself', async () => {
  await countOne('killed');
  await redis.kill();
  const { complete, tookMs } = await countOne('killed');
  expect(complete).toBe(false);
  expect(tookMs).toBeLessThan(promptMs);
  await redis.start();
  await comesBack('killed');
});

test('a full Redis refuses: incomplete, an error in the metrics; well with memory', async () => {
  await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
  expect((await countOne('full')).complete).toBe(false);
  expect(await metrics.read('wallet_redis_errors_total', { reason: 'error' })).toBeGreaterThan(0);
  await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
  expect((await countOne('full')).complete).toBe(true);
});

test('a broken key makes only its own payments incomplete', async () => {
  const tag = tagOf('payer', 'broken');
  await redis.ask('SET', velocityKey('test:', tag, 'payer', 'broken'), 'not a hash');
  // In one call, and so are the entities of the other's: none of them is given up for it.
  const both = [payment('broken'), payment('whole')];
  await velocity.count(both, plan, deadlineMs);
  expect(both.map(({ complete }) => complete)).toEqual([false, true]);
  expect(both[1]?.features[count1h]).toBe(0);
  const payeeCount = features.findIndex(({ name }) => name === 'payee.count_1h');
  const [first, second] = both.map((one) => one.features[payeeCount] ?? NaN);
  expect((second ?? NaN) - (first ?? NaN)).toBe(1);
});

test('password and database of the address are used', async () => {
  const guarded = await createOwnRedis(['--requirepass', 'pässword']);
  const url = guarded.url.replace('pässword', encodeURIComponent('pässword'));
  const store = await createVelocity({ url: `${url}/3`, keyPrefix: '', log, metrics });
  try {
    expect((await countOne('guarded', store)).complete).toBe(true);
  } finally {
    store.close();
    await guarded.close();
  }
});

test('something that is not Redis gives incomplete payments, not a crash', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `redis://127.0.0.1:${port}`;
  const store = await createVelocity({ url, keyPrefix: '', log, metrics });
  try {
    expect((await countOne('nobody', store)).complete).toBe(false);
  } finally {
    store.close();
    server.close();
  }
});

test('a Redis that freezes while nobody asks is given up all the same', async () => {
  const own = await createOwnRedis();
  const store = await createVelocity({ url: own.url, keyPrefix: '', log, metrics });
  try {
    own.freeze();
    const lost = async () => (await metrics.read('wallet_redis_errors_total', unavailable)) ?? 0;
    const before = await lost();
    const untilMs = performance.now() + 5_000;
    // Its first question is which generation is in use; without an answer nothing is counted.
    expect((await countOne('idle', store)).complete).toBe(false);
    while ((await lost()) < before + 2 && performance.now() < untilMs)
      await countOne('idle', store);
    own.thaw();
    await comesBack('idle', store);
  } finally {
    store.close();
    await own.close();
  }
});
