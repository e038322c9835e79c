import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { startSystem, type System } from '../support/system.ts';

// Rows of core-ledger/edge-cases.md that only the whole product shows.

const startMs = 90_000;
const withinMs = 15_000;
const waiting = { wait: 10 };

let system: System;
let operator: Person;

beforeAll(async () => {
  system = await startSystem({ seed: true, rules: 'lenient' });
  operator = await system.api.seeded('operator1');
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

async function accountOf(person: Resident, kind: string): Promise<unknown> {
  const { accounts } = (await person.wallet()) as { accounts: Record<string, unknown>[] };
  return accounts.find((account) => account['kind'] === kind)?.['balance_minor'];
}

/** A merchant whose money is available at once, and all of it on its way to the bank. */
async function emptied(payer: Resident, amountMinor: number) {
  const shop = await system.api.register('merchant');
  const atOnce = { mode: 'gross_immediate', clearing_seconds: 0, minimum_minor: 0 };
  await operator.put(`/merchants/${shop.walletId}/settlement-settings`, atOnce);
  const paid = await payer.pay({ from: payer.walletId, to: shop.walletId, amountMinor }, waiting);
  const paymentId = String(memberOf(paid, 200, 'id'));
  await system.waitFor(
    async () => Number((await shop.wallet())['available_minor']) > 0,
    `payment ${paymentId} to clear`,
    withinMs,
  );
  const all = (await shop.wallet())['available_minor'];
  const body = { wallet_id: shop.walletId, amount_minor: all, currency: 'USD' };
  const sent = await shop.post('/withdrawals', { ...body, destination: 'bank-7' }, waiting);
  expect(sent.json).toMatchObject({ status: 'in_transit' });
  return { shop, paymentId };
}

test('20 payments of 60 from 100 at once: one captured, 19 insufficient_funds', async () => {
  const [ann, bob] = await Promise.all([
    system.api.customerWith(100),
    system.api.register('customer'),
  ]);
  const order = { from: ann.walletId, to: bob.walletId, amountMinor: 60 };
  const answers = await Promise.all(Array.from({ length: 20 }, () => ann.pay(order, waiting)));
  const wordOf = ({ json }: HttpAnswer) =>
    json?.['failure_code'] ?? json?.['code'] ?? json?.['status'];
  const words = answers.map(wordOf).sort();
  expect(words).toEqual(['captured', ...Array.from({ length: 19 }, () => 'insufficient_funds')]);
  expect(await ann.wallet()).toMatchObject({ balance_minor: 40, held_minor: 0 });
});

test('a time-out after publishing: the payment stays received until it is decided', async () => {
  const [ann, bob] = await Promise.all([
    system.api.customerWith(100),
    system.api.register('customer'),
  ]);
  const order = { from: ann.walletId, to: bob.walletId, amountMinor: 60 };
  const streams = system.process('streams');
  streams.kill('SIGSTOP');
  let id = '';
  try {
    const asked = await ann.pay(order, { key: 'late', wait: 1 });
    expect([asked.status, asked.json]).toMatchObject([202, { status: 'received' }]);
    id = String(asked.json?.['id']);
    expect((await ann.get(`/payments/${id}`)).json).toMatchObject({
      ...{ status: 'received', failure_code: null },
    });
  } finally {
    streams.kill('SIGCONT');
  }
  const again = await ann.pay(order, { key: 'late', ...waiting });
  expect([again.status, again.json]).toMatchObject([200, { id, status: 'captured' }]);
  expect(await ann.wallet()).toMatchObject({ balance_minor: 40 });
});

test('negative balance of a merchant: shown as receivable, retried refunds on credit', async () => {
  const ann = await system.api.customerWith(100_000);
  const { shop, paymentId } = await emptied(ann, 10_000);
  const asked = { reason: 'not_received', description: 'Nothing came.' };
  const opened = await ann.post('/disputes', { payment_id: paymentId, ...asked }, waiting);
  expect(opened.json).toMatchObject({ status: 'needs_response' });
  // 10,000 disputed and 1,500 of fee, of which nothing was left.
  expect(await accountOf(shop, 'receivable')).toBe(-11_500);
  expect(await shop.wallet()).toMatchObject({ available_minor: 0 });
  const disputeId = String(opened.json?.['id']);
  const accepted = await shop.post(`/disputes/${disputeId}/accept`, {}, waiting);
  expect(accepted.json).toMatchObject({ status: 'succeeded' });

  const second = { from: ann.walletId, to: shop.walletId, amountMinor: 5_000 };
  const paid = await ann.pay(second, waiting);
  await system.waitFor(
    async () => (await accountOf(shop, 'receivable')) === -11_500 + 4_940,
    'the next credit to repay the debt first',
    withinMs,
  );
  const refund = { payment_id: String(paid.json?.['id']), reason: 'broken' };
  const refunded = await shop.post('/refunds', refund);
  const refundPath = String(refunded.headers.location);
  await system.waitFor(
    async () => (await shop.get(refundPath)).json?.['pending_reason'] === 'insufficient_funds',
    'the refund to wait for money',
    withinMs,
  );
  await ann.pay({ ...second, amountMinor: 50_000 }, waiting);
  await system.waitFor(
    async () => (await shop.get(refundPath)).json?.['status'] === 'succeeded',
    'the refund to go through after a credit',
    withinMs,
  );
  expect(await accountOf(shop, 'receivable')).toBe(0);
});

test('offsets of clocks: a time without one is refused, with one it is that moment', async () => {
  const ann = await system.api.customerWith(100);
  const statement = (from: string, to: string) =>
    ann.get(`/wallets/${ann.walletId}/statement?from=${from}&to=${to}`);
  const vague = await statement('2026-03-01T00:00:00', '2026-03-02T00:00:00Z');
  expect([vague.status, vague.json?.['code']]).toEqual([422, 'invalid_field']);
  const exact = await statement('2026-03-01T00:00:00%2B02:00', '2026-03-02T00:00:00Z');
  expect(exact.json).toMatchObject({ from: '2026-02-28T22:00:00.000Z' });
});
