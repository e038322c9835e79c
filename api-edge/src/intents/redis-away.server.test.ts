import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { monotonicMs } from '@wallet/runtime';
import { randomUUID } from 'node:crypto';
import {
  createOwnRedis,
  createTestGround,
  newUser,
  paymentOf,
  type OwnRedis,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let redis: OwnRedis;
let first: TestEdge;
let second: TestEdge;
let payer: TestUser;
let payee: TestUser;

beforeAll(async () => {
  [ground, redis] = await Promise.all([createTestGround(), createOwnRedis()]);
  first = await ground.open({ REDIS_URL: redis.url });
  second = await ground.open({ REDIS_URL: redis.url });
  payer = await newUser(first);
  payee = await newUser(first, 'merchant');
});
afterAll(async () => {
  redis.thaw();
  await ground.close();
  await redis.kill();
});

function pay(edge: TestEdge, key: string, change: object = {}) {
  const json = paymentOf(payer, payee, change);
  return edge.call('POST', '/payments', { token: payer.token, key, json });
}

/** Payments one after the other, and how long each took. */
async function payTimes(edge: TestEdge, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startMs = monotonicMs();
    expect((await pay(edge, randomUUID())).status).toBe(202);
    times.push(monotonicMs() - startMs);
  }
  return times;
}

/** Until Redis is used again: a payment is then visible to the other instance. */
async function untilShared(): Promise<void> {
  for (;;) {
    const { body } = await pay(first, randomUUID());
    const { status } = await second.call('GET', `/payments/${body.id as string}`, {
      token: payer.token,
    });
    if (status === 200) return;
  }
}

test('with Redis frozen payments go on, and the breaker spares most of them the wait', async () => {
  const key = randomUUID();
  const before = await pay(first, key);
  redis.freeze();
  try {
    const times = await payTimes(first, 12);
    // Three find out by waiting, twice each (question and record); the others do not wait.
    expect(times.filter((ms) => ms > 90).length).toBeLessThanOrEqual(4);
    // What this instance accepted it still knows, and it refuses what it knows to be ended.
    const replayed = await pay(first, key);
    expect(replayed.text).toBe(before.text);
    const user = await newUser(first);
    expect((await first.call('POST', '/logout', { token: user.token })).status).toBe(204);
    expect((await second.call('GET', '/wallets', { token: user.token })).status).toBe(401);
  } finally {
    redis.thaw();
  }
  await untilShared();
});

test('with Redis gone payments, reads, logins and logouts go on; and on with it', async () => {
  await redis.kill();
  const key = randomUUID();
  const accepted = await pay(first, key);
  expect(accepted.status).toBe(202);
  expect((await pay(first, key)).headers.get('idempotency-replayed')).toBe('true');
  const path = `/payments/${accepted.body.id as string}`;
  const elsewhere = await second.call('GET', path, { token: payer.token });
  expect([elsewhere.status, elsewhere.body.code]).toEqual([503, 'state_unavailable']);
  const stranger = await second.call('GET', path, { token: payee.token });
  expect(stranger.status).toBe(404);

  const sameKey = randomUUID();
  const answers = await Promise.all(Array.from({ length: 20 }, () => pay(first, sameKey)));
  const agreed = answers.filter(({ status }) => status === 202);
  expect(new Set(agreed.map(({ text }) => text)).size).toBe(1);
  const told = answers.filter(({ status }) => status === 409);
  expect(agreed.length + told.length).toBe(20);
  expect(told.length).toBeGreaterThan(0);

  const user = await newUser(first);
  const { token } = user;
  expect((await second.call('GET', '/wallets', { token })).status).toBe(200);
  expect((await first.call('POST', '/logout', { token })).status).toBe(204);
  expect((await second.call('GET', '/wallets', { token })).status).toBe(401);

  await redis.start();
  await untilShared();
  expect((await second.call('GET', '/wallets', { token })).status).toBe(401);
});
