import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import {
  createTestGround,
  newUser,
  paymentOf,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let generous: TestEdge;
let user: TestUser;
let other: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  generous = await ground.open();
  user = await newUser(generous);
  other = await newUser(generous, 'merchant');
});
afterAll(() => ground.close());

/** The statuses of that many requests, one after the other: fewer than a window takes. */
async function statusesOf(count: number, send: () => Promise<{ status: number }>) {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await send()).status);
  return statuses;
}

describe('quotas', () => {
  test('every answer says what the quotas are and what remains', async () => {
    const { headers } = await generous.call('GET', '/wallets', { token: user.token });
    expect(headers.get('ratelimit-policy')).toBe('"caller";q=1000;w=1, "route";q=1000;w=1');
    expect(headers.get('ratelimit')).toMatch(/^"caller";r=\d+;t=1, "route";r=\d+;t=1$/);
    const refused = await generous.call('GET', '/wallets');
    expect(refused.headers.get('ratelimit')).toContain('"caller";r=');
  });

  test('beyond its quota of an operation a caller waits, for that operation alone', async () => {
    const strict = await ground.open({ WALLET_ROUTE_RATE: '3', WALLET_CALLER_RATE: '1000' });
    const list = (token: string) => strict.call('GET', '/wallets', { token });
    expect((await statusesOf(3, () => list(user.token))).join()).toBe('200,200,200');
    const refused = await untilStatus(429, () => list(user.token));
    expect(refused.body).toMatchObject({ code: 'rate_limited', type: '/errors/rate_limited' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('ratelimit')).toContain('"route";r=0;t=1');
    const elsewhere = await strict.call('GET', '/notifications', { token: user.token });
    expect([elsewhere.status, (await list(other.token)).status]).toEqual([200, 200]);
    await untilStatus(200, () => list(user.token));
  });

  test('beyond its quota of all a caller waits with every operation', async () => {
    const strict = await ground.open({ WALLET_CALLER_RATE: '2' });
    const pay = () =>
      strict.call('POST', '/payments', {
        token: user.token,
        key: randomUUID(),
        json: paymentOf(user, other),
      });
    await untilStatus(429, () => strict.call('GET', '/wallets', { token: user.token }));
    await untilStatus(429, pay);
    await untilStatus(202, pay);
  });

  test('who has not said who he is is counted by his address', async () => {
    const strict = await ground.open({ WALLET_CALLER_RATE: '2' });
    await untilStatus(429, () => strict.call('GET', '/errors'));
    await untilStatus(429, () => strict.call('GET', '/wallets', { token: randomUUID() }));
    expect((await strict.call('GET', '/wallets', { token: user.token })).status).toBe(200);
  });
});

/** Sends again until an answer has that status: windows begin when they like. */
async function untilStatus<T extends { status: number }>(
  status: number,
  send: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await send();
    if (answer.status === status) return answer;
  }
}

describe('other origins', () => {
  test('may call when they are named, and only then', async () => {
    const headers = { origin: 'https://app.wallet.test' };
    const plain = await fetch(`${generous.url}/wallets`, { method: 'OPTIONS', headers });
    expect(plain.status).toBe(405);
    expect(plain.headers.get('access-control-allow-origin')).toBeNull();
    const open = await ground.open({ WALLET_ALLOWED_ORIGIN: 'https://app.wallet.test' });
    const asked = await fetch(`${open.url}/wallets`, { method: 'OPTIONS', headers });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    const answer = await open.call('GET', '/wallets', { token: user.token });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.wallet.test');
  });
});

describe('slow clients', () => {
  test('who does not send what it announced is cut off, and stops nobody', async () => {
    const strict = await ground.open({ WALLET_REQUEST_TIMEOUT_MS: '300' });
    const slow = connect(Number(new URL(strict.url).port), '127.0.0.1');
    slow.write(
      `POST /payments HTTP/1.1\r\nHost: wallet\r\nAuthorization: Bearer ${user.token}\r\n` +
        `Content-Type: application/json\r\nIdempotency-Key: ${randomUUID()}\r\n` +
        'Content-Length: 1000\r\n\r\n{"payer',
    );
    const neighbour = await strict.call('GET', '/wallets', { token: user.token });
    expect(neighbour.status).toBe(200);
    const [answer] = (await once(slow, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
    await once(slow, 'close');
  });
});
