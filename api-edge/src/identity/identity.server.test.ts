import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { monotonicMs } from '@wallet/runtime';
import { randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  testPassword,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let first: TestEdge;
let second: TestEdge;

beforeAll(async () => {
  ground = await createTestGround();
  first = await ground.open();
  second = await ground.open();
});
afterAll(() => ground.close());

function refresh(edge: TestEdge, refreshToken: string, change: Record<string, string> = {}) {
  return edge.call('POST', '/token', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    raw: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'wallet-app',
      refresh_token: refreshToken,
      ...change,
    }).toString(),
  });
}

async function logInFully(user: TestUser) {
  const json = { email: user.email, password: testPassword };
  const { body } = await first.call('POST', '/login', { json });
  return body as { access_token: string; refresh_token: string; expires_in: number };
}

function statusWith(edge: TestEdge, token: string): Promise<number> {
  return edge.call('GET', '/wallets', { token }).then(({ status }) => status);
}

describe('registering', () => {
  test('gives a wallet; the same address in other letters is taken', async () => {
    const user = await newUser(first);
    const { body } = await first.call('GET', '/wallets', { token: user.token });
    expect(body.data).toMatchObject([{ id: user.walletId, currency: 'USD', balance_minor: 0 }]);
    const again = await first.call('POST', '/register', {
      json: {
        email: user.email.toUpperCase(),
        password: testPassword,
        name: 'Again',
        kind: 'merchant',
        currency: 'EUR',
      },
    });
    expect([again.status, again.body.code]).toEqual([409, 'email_taken']);
  });

  test('nobody registers as an operator', async () => {
    const { status, body } = await first.call('POST', '/register', {
      json: {
        email: 'x@y.zz',
        password: testPassword,
        name: 'X',
        kind: 'operator',
        currency: 'EUR',
      },
    });
    expect([status, body.code]).toEqual([422, 'invalid_field']);
  });
});

describe('sessions', () => {
  test('logout on one instance ends the session on every other at once', async () => {
    const user = await newUser(first);
    const { access_token: token, refresh_token: refreshToken } = await logInFully(user);
    expect(await statusWith(second, token)).toBe(200);
    expect((await first.call('POST', '/logout', { token })).status).toBe(204);
    expect(await statusWith(second, token)).toBe(401);
    expect(await statusWith(first, token)).toBe(401);
    expect((await refresh(second, refreshToken)).body.code).toBe('invalid_grant');
    // Another session of the same user goes on.
    expect(await statusWith(second, user.token)).toBe(200);
  });

  test('a refresh token is good once; a second use ends the family', async () => {
    const { refresh_token: used } = await logInFully(await newUser(first));
    const next = await refresh(second, used);
    expect(next.status).toBe(200);
    const { access_token: token, refresh_token: fresh } = next.body as Record<string, string>;
    expect(await statusWith(first, token ?? '')).toBe(200);
    const reused = await refresh(first, used);
    expect([reused.status, reused.body.code]).toEqual([400, 'invalid_grant']);
    expect(reused.body.error).toBe('invalid_grant');
    expect((await refresh(first, fresh ?? '')).status).toBe(400);
    expect(await statusWith(second, token ?? '')).toBe(401);
  });

  test('of many users of one refresh token one wins, and the family ends', async () => {
    const { refresh_token: token, access_token: access } = await logInFully(await newUser(first));
    const edges = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? first : second));
    const answers = await Promise.all(edges.map((edge) => refresh(edge, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await statusWith(second, access)).toBe(401);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['another client', { client_id: 'someone' }, 401, 'invalid_client'],
    ['an unknown back end', { client_id: randomUUID() }, 401, 'invalid_client'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['nonsense', { refresh_token: 'nonsense' }, 400, 'invalid_grant'],
    ['a forged token', { refresh_token: 'A'.repeat(43) }, 400, 'invalid_grant'],
    ['no client', { client_id: '' }, 400, 'invalid_request'],
    ['no grant', { grant_type: '' }, 400, 'invalid_request'],
    ['no token', { refresh_token: '' }, 400, 'invalid_request'],
  ])('the token endpoint refuses %s', async (_name, change, status, code) => {
    const answer = await refresh(first, 'x', change);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('logging in', () => {
  test('an unknown user and a wrong password sound and last alike', async () => {
    const { email } = await newUser(first);
    const attempt = async (address: string): Promise<[number, string]> => {
      const startMs = monotonicMs();
      const json = { email: address, password: 'a wrong password' };
      const { body } = await first.call('POST', '/login', { json });
      return [monotonicMs() - startMs, `${String(body.code)} ${String(body.detail)}`];
    };
    await attempt('nobody@wallet.test'); // the decoy's hash is made once
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < 9; round += 1) {
      const [known, saysKnown] = await attempt(email);
      const [unknown, saysUnknown] = await attempt(`nobody-${round}@wallet.test`);
      expect(saysKnown).toBe(saysUnknown);
      times.known.push(known);
      times.unknown.push(unknown);
    }
    const median = (list: number[]): number => list.sort((a, b) => a - b)[4] ?? 0;
    const ratio = median(times.known) / median(times.unknown);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('after repeated failures the account is closed to this address', async () => {
    const { url } = await ground.openIdentity({ WALLET_LOGIN_FAILURES: '3' });
    const strict = await ground.open({ IDENTITY_URL: url });
    const { email } = await newUser(first);
    const attempt = (password: string) =>
      strict.call('POST', '/login', { json: { email, password } });
    for (let index = 0; index < 3; index += 1) expect((await attempt('wrong')).status).toBe(401);
    const { status, headers, body } = await attempt(testPassword);
    expect([status, body.code]).toEqual([429, 'too_many_attempts']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await newUser(first);
    const json = { email: other.email, password: testPassword };
    expect((await strict.call('POST', '/login', { json })).status).toBe(200);
  });
});
