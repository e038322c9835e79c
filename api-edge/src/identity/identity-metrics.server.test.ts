import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Metrics } from '@wallet/runtime';
import { randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  testPassword,
  type TestEdge,
  type TestGround,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let metrics: Metrics;

beforeAll(async () => {
  ground = await createTestGround();
  const identity = await ground.openIdentity({ WALLET_LOGIN_FAILURES: '2' });
  metrics = identity.metrics;
  edge = await ground.open({ IDENTITY_URL: identity.url });
});
afterAll(() => ground.close());

type Counter =
  | 'wallet_logins_total'
  | 'wallet_login_lockouts_total'
  | 'wallet_registrations_total'
  | 'wallet_token_grants_total'
  | 'wallet_password_hash_duration_seconds';

/** By how much a series grows while something is done. */
async function growthOf(
  name: Counter,
  labels: Record<string, string>,
  doing: () => Promise<unknown>,
): Promise<number> {
  const read = async () => (await metrics.read(name, labels as never)) ?? 0;
  const before = await read();
  await doing();
  return (await read()) - before;
}

const logIn = (email: string, password = testPassword) =>
  edge.call('POST', '/login', { json: { email, password } });

const askToken = (fields: Record<string, string>) =>
  edge.call('POST', '/token', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    raw: new URLSearchParams({ client_id: 'wallet-app', ...fields }).toString(),
  });

test('registrations, logins and lock-outs are counted by what became of them', async () => {
  const created = { result: 'created' };
  expect(await growthOf('wallet_registrations_total', created, () => newUser(edge))).toBe(1);
  const { email } = await newUser(edge);
  const again = { email, password: testPassword, name: 'A', kind: 'customer', currency: 'USD' };
  const taken = await growthOf('wallet_registrations_total', { result: 'taken' }, () =>
    edge.call('POST', '/register', { json: again }),
  );
  expect(taken).toBe(1);
  const accepted = { result: 'accepted' };
  expect(await growthOf('wallet_logins_total', accepted, () => logIn(email))).toBe(1);
  const failures = async () => {
    for (let times = 0; times < 2; times += 1) await logIn(email, 'wrong');
  };
  const lockouts = await growthOf('wallet_login_lockouts_total', {}, async () => {
    expect(await growthOf('wallet_logins_total', { result: 'refused' }, failures)).toBe(2);
  });
  expect(lockouts).toBe(1);
  const limited = await growthOf('wallet_logins_total', { result: 'limited' }, () => logIn(email));
  expect(limited).toBe(1);
});

test('tokens are counted by grant, granted or refused', async () => {
  const { email } = await newUser(edge);
  const { body } = await logIn(email);
  const refresh = () =>
    askToken({ grant_type: 'refresh_token', refresh_token: String(body.refresh_token) });
  const grant = 'refresh_token';
  const granted = { grant, result: 'granted' };
  expect(await growthOf('wallet_token_grants_total', granted, refresh)).toBe(1);
  const refused = { grant, result: 'refused' };
  expect(await growthOf('wallet_token_grants_total', refused, refresh)).toBe(1);
  const unknown = { grant: 'other', result: 'refused' };
  const invented = () => askToken({ grant_type: randomUUID() });
  expect(await growthOf('wallet_token_grants_total', unknown, invented)).toBe(1);
});

test('passwords are timed; a flood is turned away and leaves an empty queue', async () => {
  const { email } = await newUser(edge);
  const hashes = await growthOf('wallet_password_hash_duration_seconds', {}, () => logIn(email));
  expect(hashes).toBe(1);
  const flood = () => Promise.all(Array.from({ length: 40 }, () => logIn(email)));
  const overloaded = { result: 'overloaded' };
  expect(await growthOf('wallet_logins_total', overloaded, flood)).toBeGreaterThan(0);
  await metrics.expose();
  expect(await metrics.read('wallet_password_queue_requests')).toBe(0);
});
