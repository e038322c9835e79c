import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setWalletStatus } from '@wallet/core-ledger';
import {
  createTestGround,
  newUser,
  paymentOf,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';
import { waitUntil } from '../testing/wait-until.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  [payer, payee] = [await newUser(edge), await newUser(edge)];
});
afterAll(() => ground.close());

async function codeOf(key: string = randomUUID()): Promise<unknown> {
  const json = paymentOf(payer, payee);
  const { status, body } = await edge.call('POST', '/payments', { token: payer.token, key, json });
  return status === 202 ? 202 : body.code;
}

/** By another instance, or an operator of another door. */
async function set(wallet: TestUser, status: 'active' | 'frozen' | 'closed'): Promise<void> {
  const order = { walletId: wallet.walletId, actor: randomUUID(), role: 'operator' as const };
  const why = { reason: 'a test', requestId: 'r', status };
  expect(await setWalletStatus(ground.db.knex, { ...order, ...why })).toEqual({ ok: true });
}

const until = (code: unknown) =>
  waitUntil(async () => (await codeOf()) === code, `a payment is answered ${String(code)}`);

test('payer frozen: 403 account_frozen, payee closed: 409 account_closed, once known', async () => {
  const key = randomUUID();
  expect(await codeOf(key)).toBe(202);
  await set(payer, 'frozen');
  await until('account_frozen');
  // What was accepted stays so.
  expect(await codeOf(key)).toBe(202);
  await set(payer, 'active');
  // The database is asked again: nobody waits for the next look.
  expect(await codeOf()).toBe(202);
  await set(payee, 'frozen');
  expect(await codeOf()).toBe(202);
  await set(payee, 'closed');
  await until('account_closed');
});
