import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyInvariants } from '@wallet/core-ledger';
import { memberOf, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;

let system: System;
let ann: Resident;
let shop: Resident;

beforeAll(async () => {
  system = await startSystem({ rules: 'lenient' });
  ann = await system.api.customerWith(1_000_000);
  shop = await system.api.register('merchant');
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

const waiting = { wait: 10 };

async function paid(amountMinor: number, capture: 'automatic' | 'manual' = 'automatic') {
  const order = { from: ann.walletId, to: shop.walletId, amountMinor, capture };
  return String(memberOf(await ann.pay(order, waiting), 200, 'id'));
}

const paymentOf = async (id: string) => (await ann.get(`/payments/${id}`)).json ?? {};

test('authorized, captured in two parts, refunded: each answered when decided', async () => {
  const id = await paid(1_000, 'manual');
  const key = 'first-part';
  const part = { amount_minor: 400 };
  const first = await shop.post(`/payments/${id}/capture`, part, { ...waiting, key });
  expect(first.json).toMatchObject({
    ...{ object: 'payment_action', action: 'capture', payment_id: id, status: 'succeeded' },
    amount_minor: 400,
  });
  const again = await shop.post(`/payments/${id}/capture`, part, { ...waiting, key });
  expect(again.json?.['id']).toBe(first.json?.['id']);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(await paymentOf(id)).toMatchObject({ status: 'authorized', captured_minor: 400 });
  await shop.post(`/payments/${id}/capture`, { final: true }, waiting);
  expect(await paymentOf(id)).toMatchObject({
    ...{ status: 'captured', captured_minor: 1_000, fee_minor: 20 },
  });
  // The action stays true for whoever comes again after the payment has moved on.
  const late = await shop.post(`/payments/${id}/capture`, part, { ...waiting, key });
  expect([late.status, late.json?.['id']]).toEqual([200, first.json?.['id']]);
  const action = await shop.get(`/actions/${String(first.json?.['id'])}`);
  expect(action.json).toMatchObject({ status: 'succeeded', amount_minor: 400 });

  const refund = { payment_id: id, amount_minor: 300, reason: 'broken' };
  const refunded = await shop.post('/refunds', refund, waiting);
  expect([refunded.status, refunded.json]).toMatchObject([
    200,
    { object: 'refund', status: 'succeeded', amount_minor: 300, failure_code: null },
  ]);
  expect(await paymentOf(id)).toMatchObject({ refunded_minor: 300 });
  const refundId = String(refunded.json?.['id']);
  for (const person of [ann, shop]) {
    await system.waitFor(
      async () => (await person.get('/notifications')).text.includes(refundId),
      `${person.email} to find refund ${refundId} in the inbox`,
      withinMs,
    );
  }
  const history = (await ann.get(`/payments/${id}/history`)).json?.['data'] as object[];
  expect(history.slice(0, 2)).toMatchObject([
    { from: 'authorized', to: 'captured', actor: shop.userId, role: 'merchant' },
    { from: 'authorized', to: 'authorized', actor: shop.userId, role: 'merchant' },
  ]);
});

test('what committed state refuses is refused at once, and by name', async () => {
  const id = await paid(1_000);
  const held = await paid(500, 'manual');
  const over = await shop.post('/refunds', { payment_id: id, amount_minor: 1_001, reason: 'x' });
  expect([over.status, over.json]).toMatchObject([
    409,
    { code: 'refund_exceeds_remaining', remaining_minor: 1_000 },
  ]);
  const byPayer = await ann.post('/refunds', { payment_id: id, reason: 'mine' });
  expect([byPayer.status, byPayer.json?.['code']]).toEqual([403, 'not_allowed_for_party']);
  const captured = await shop.post(`/payments/${id}/capture`, {});
  expect([captured.status, captured.json]).toMatchObject([
    409,
    { code: 'invalid_state', payment_status: 'captured' },
  ]);
  const byOther = await ann.post(`/payments/${held}/capture`, {});
  expect([byOther.status, byOther.json?.['code']]).toEqual([403, 'not_allowed_for_party']);
  const tooMuch = await shop.post(`/payments/${held}/capture`, { amount_minor: 501 });
  expect([tooMuch.status, tooMuch.json]).toMatchObject([
    409,
    { code: 'capture_exceeds_authorization', remaining_minor: 500 },
  ]);
  const canceled = await ann.post(`/payments/${held}/cancel`, { reason: 'no' }, waiting);
  expect(canceled.json).toMatchObject({ action: 'cancel', status: 'succeeded' });
  expect(await paymentOf(held)).toMatchObject({ status: 'canceled' });
});

test('short of money a refund stays pending, until its payee is credited', async () => {
  const seller = await system.api.register('merchant');
  const order = { from: ann.walletId, to: seller.walletId, amountMinor: 1_000 };
  const id = String(memberOf(await ann.pay(order, waiting), 200, 'id'));
  const made = await seller.post('/refunds', { payment_id: id, reason: 'all of it' });
  const refundId = String(memberOf(made, 202, 'id'));
  const shown = async () => (await ann.get(`/refunds/${refundId}`)).json ?? {};
  await system.waitFor(
    async () => (await shown())['pending_reason'] === 'insufficient_funds',
    `refund ${refundId} to be decided`,
    withinMs,
  );
  await ann.pay({ ...order, amountMinor: 500 }, waiting);
  await system.waitFor(
    async () => (await shown())['status'] === 'succeeded',
    `refund ${refundId} to go through after a credit`,
    withinMs,
  );
  expect(await shown()).toMatchObject({ amount_minor: 1_000, pending_reason: null });
  const found = await verifyInvariants(system.db.knex);
  expect(found.filter(({ violations }) => violations !== 0)).toEqual([]);
});
