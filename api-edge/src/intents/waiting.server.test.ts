import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { monotonicMs } from '@wallet/runtime';
import { topics, type Publisher, type Wire } from '@wallet/schemas';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createTestGround,
  newUser,
  paymentOf,
  settle,
  type ApiAnswer,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;
let wire: Wire;
let publisher: Publisher;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  payer = await newUser(edge);
  payee = await newUser(edge, 'merchant');
  wire = await ground.openWire();
  publisher = wire.createPublisher();
});
afterAll(async () => {
  await publisher.close();
  await ground.close();
});

function pay(key: string, prefer: string) {
  const json = paymentOf(payer, payee);
  return edge.call('POST', '/payments', { token: payer.token, key, json, prefer });
}

/** Tells of a payment as the outbox relay does; the edge reads nothing but the key. */
async function tell(paymentId: string): Promise<void> {
  const value = Buffer.from('whatever it is');
  await publisher.publish({ topic: topics.paymentEvents.name, key: paymentId, value });
}

async function untilWaiting(): Promise<void> {
  for (;;) {
    await edge.metrics.expose();
    if (await edge.metrics.read('wallet_waiting_clients')) return;
    await sleep(5);
  }
}

/** Waits until the edge's consumer has joined: an event is then heard before time runs out. */
async function untilHeard(): Promise<void> {
  for (;;) {
    const key = randomUUID();
    const accepted = await pay(key, '');
    const waiting = pay(key, 'wait=1');
    await untilWaiting();
    await settleFully(accepted);
    const startMs = monotonicMs();
    await tell(accepted.body.id as string);
    await waiting;
    if (monotonicMs() - startMs < 800) return;
  }
}

function settleFully(accepted: ApiAnswer): Promise<void> {
  return settle(ground.db, accepted, { payer, payee, payloadHash: randomBytes(32) });
}

test('a waiting client has the outcome as soon as it is told', async () => {
  await untilHeard();
  const key = randomUUID();
  // The id is derived, so a first request without waiting tells it.
  const accepted = await pay(key, 'wait=nonsense');
  expect(accepted.status).toBe(202);
  expect(accepted.headers.has('preference-applied')).toBe(false);
  const waiting = pay(key, 'respond-async, wait=10');
  await untilWaiting();
  const startMs = monotonicMs();
  await settleFully(accepted);
  await tell(accepted.body.id as string);
  const answer = await waiting;
  expect([answer.status, answer.body.status]).toEqual([200, 'captured']);
  expect(answer.headers.get('preference-applied')).toBe('wait=10');
  expect(monotonicMs() - startMs).toBeLessThan(5_000);
});

test('when time runs out the answer is 202, and waiting held no place', async () => {
  const answer = await pay(randomUUID(), 'wait=1');
  expect([answer.status, answer.body.status]).toEqual([202, 'received']);
  expect(answer.headers.get('preference-applied')).toBe('wait=1');
});

test('closing answers those who wait at once', async () => {
  const closing = await ground.open();
  const waiting = closing.call('POST', '/payments', {
    ...{ token: payer.token, key: randomUUID(), prefer: 'wait=10' },
    json: paymentOf(payer, payee),
  });
  for (;;) {
    await closing.metrics.expose();
    if (await closing.metrics.read('wallet_waiting_clients')) break;
    await sleep(5);
  }
  const startMs = monotonicMs();
  const [answer] = await Promise.all([waiting, closing.close()]);
  expect(answer.status).toBe(202);
  expect(monotonicMs() - startMs).toBeLessThan(4_000);
});
