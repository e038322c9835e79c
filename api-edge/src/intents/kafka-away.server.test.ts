import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { monotonicMs } from '@wallet/runtime';
import { randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  paymentOf,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let payer: TestUser;
let payee: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  const edge = await ground.open();
  payer = await newUser(edge);
  payee = await newUser(edge, 'merchant');
});
afterAll(() => ground.close());

function pay(edge: TestEdge, key: string, change: object = {}) {
  const json = paymentOf(payer, payee, change);
  return edge.call('POST', '/payments', { token: payer.token, key, json });
}

/** Without Redis, which a busy machine may keep from answering in time, a key binds nothing yet. */
async function payWithRedisAtHand(edge: TestEdge) {
  const missed = () => edge.metrics.read('wallet_idempotency_total', { result: 'unavailable' });
  for (;;) {
    const key = randomUUID();
    const before = await missed();
    const startMs = monotonicMs();
    const answer = await pay(edge, key);
    if ((await missed()) === before) return { key, answer, tookMs: monotonicMs() - startMs };
  }
}

/** Nothing listens on port 1. */
const nowhere = '127.0.0.1:1';

test('without Kafka a payment is 503 within its deadline, and its key stays good', async () => {
  const cut = await ground.open({ KAFKA_BROKERS: nowhere });
  const whole = await ground.open();
  const { key, answer, tookMs } = await payWithRedisAtHand(cut);
  const { status, body, headers } = answer;
  expect([status, body.code]).toEqual([503, 'overloaded']);
  expect(headers.get('retry-after')).toBe('1');
  expect(tookMs).toBeLessThan(4_000);
  // Nobody knows whether the intent was written, so the key is bound to this body.
  const other = await pay(whole, key, { amount_minor: 1 });
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  const repeated = await pay(whole, key);
  expect(repeated.status).toBe(202);
  expect(repeated.headers.has('idempotency-replayed')).toBe(false);
  // Everything else goes on.
  expect((await cut.call('GET', '/wallets', { token: payer.token })).status).toBe(200);
});

test('before the registry has answered the door is open, a payment 503 at once', async () => {
  const early = await ground.open({ SCHEMA_REGISTRY_URL: `http://${nowhere}` });
  const { status, body } = await pay(early, randomUUID());
  expect([status, body.code]).toEqual([503, 'unavailable']);
  expect(await early.edge.problems()).toEqual(['the schema registry has not answered yet']);
  expect((await early.call('GET', '/wallets', { token: payer.token })).status).toBe(200);
});

test('without the database reads are 503, never wrong', async () => {
  const url = new URL(ground.environment.DATABASE_URL ?? '');
  url.port = '1';
  const cut = await ground.open({ DATABASE_URL: url.href });
  const accepted = await pay(await ground.open(), randomUUID());
  const path = `/payments/${accepted.body.id as string}`;
  const { status, body } = await cut.call('GET', path, { token: payer.token });
  expect([status, body.code]).toEqual([503, 'unavailable']);
});
