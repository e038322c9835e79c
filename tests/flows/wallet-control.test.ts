import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyInvariants } from '@wallet/core-ledger';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;

let system: System;
let operator: Person;
let ann: Resident;
let shop: Resident;

beforeAll(async () => {
  system = await startSystem({ seed: true, rules: 'lenient' });
  operator = await system.api.seeded('operator1');
  [ann, shop] = await Promise.all([
    system.api.customerWith(100_000),
    system.api.register('merchant'),
  ]);
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

const pay = (amountMinor: number, from = ann, to = shop) =>
  from.pay({ from: from.walletId, to: to.walletId, amountMinor }, { wait: 10 });
const order = (what: string, person: Resident) =>
  operator.post(`/wallets/${person.walletId}/${what}`, { reason: `to ${what}` });

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  await system.waitFor(condition, what, withinMs);
}

test('a merchant has pending money until it clears; then it can go to the bank', async () => {
  expect((await pay(10_000)).json).toMatchObject({ status: 'captured', fee_minor: 110 });
  expect(await shop.wallet()).toMatchObject({ pending_minor: 9_890, available_minor: 0 });
  const settings = `/merchants/${shop.walletId}/settlement-settings`;
  expect((await shop.get(settings)).json).toMatchObject({ clearing_seconds: 86_400 });
  const body = { mode: 'gross_immediate', clearing_seconds: 0, minimum_minor: 0 };
  expect((await shop.put(settings, body)).status).toBe(403);
  expect((await operator.put(settings, body)).json).toMatchObject(body);
  await until('the payment to clear', async () => (await shop.wallet()).pending_minor === 0);
  expect(await shop.wallet()).toMatchObject({ pending_minor: 0, available_minor: 9_890 });

  const withdraw = (amount_minor: number, destination = 'bank-7') =>
    shop.post(
      '/withdrawals',
      { wallet_id: shop.walletId, amount_minor, currency: 'USD', destination },
      { wait: 10 },
    );
  expect((await withdraw(9_891)).json).toMatchObject({
    ...{ status: 409, code: 'insufficient_funds', available_minor: 9_890 },
  });
  const sent = await withdraw(9_000);
  expect(sent.json).toMatchObject({ status: 'in_transit', destination: 'bank-7' });
  const returned = await withdraw(890, 'return to sender');
  expect(await shop.wallet()).toMatchObject({ available_minor: 0 });
  for (const [answer, status] of [[sent, 'paid'] as const, [returned, 'returned'] as const]) {
    const path = String(answer.headers.location);
    await until(`${path} to be ${status}`, async () => {
      return memberOf(await shop.get(path), 200, 'status') === status;
    });
  }
  expect(await shop.wallet()).toMatchObject({ available_minor: 890 });
  await until('both withdrawals to be in the inbox', async () => {
    const { text } = await shop.get('/notifications');
    return text.includes('Withdrawal paid') && text.includes('Withdrawal returned');
  });
  const late = `/withdrawals/${String(sent.json?.id)}/confirm`;
  expect((await operator.post(late, {})).json).toMatchObject({
    ...{ code: 'invalid_state', withdrawal_status: 'paid' },
  });
});

describe('edge cases of the domain', () => {
  test('payer frozen: account_frozen; credits to a frozen wallet are allowed', async () => {
    expect((await order('freeze', ann)).json).toMatchObject({ status: 'frozen' });
    const refused = await pay(5);
    expect([refused.status, refused.json?.code]).toEqual([403, 'account_frozen']);
    const body = { wallet_id: ann.walletId, amount_minor: 5, currency: 'USD' };
    const sent = await ann.post('/withdrawals', { ...body, destination: 'bank-1' });
    expect([sent.status, sent.json?.code]).toEqual([403, 'account_frozen']);
    expect((await ann.post('/top-ups', body, { wait: 10 })).json).toMatchObject({
      status: 'succeeded',
    });
    expect((await order('unfreeze', ann)).json).toMatchObject({ status: 'active' });
    expect((await pay(5)).json).toMatchObject({ status: 'captured' });
    const { json } = await operator.get(`/wallets/${ann.walletId}/history`);
    expect(json?.data).toMatchObject([
      { from: 'frozen', to: 'active', role: 'operator', reason: 'to unfreeze' },
      { from: 'active', to: 'frozen', role: 'operator', reason: 'to freeze' },
    ]);
  });

  test('payee closed: account_closed; a wallet with money stays open', async () => {
    const bob = await system.api.register('customer');
    expect((await order('close', ann)).json).toMatchObject({ code: 'balance_not_zero' });
    expect((await order('close', bob)).json).toMatchObject({ status: 'closed' });
    const refused = await pay(5, ann, bob);
    expect([refused.status, refused.json?.code]).toEqual([409, 'account_closed']);
    expect((await order('unfreeze', bob)).json).toMatchObject({ code: 'account_closed' });
  });

  test('a tier holds from the next payment on; a refusal says limit, used and reset', async () => {
    const carl = await system.api.customerWith(100_000);
    await pay(1_000, carl);
    const tier = { name: 'small', currency: 'USD', per_transaction_minor: 2_000 };
    const limits = { per_day_minor: 2_500, per_month_minor: null, maximum_balance_minor: null };
    expect((await operator.put('/kyc-tiers', { ...tier, ...limits })).status).toBe(200);
    const path = `/wallets/${carl.walletId}/tier`;
    const reason = 'identity not proved';
    expect((await operator.put(path, { tier: 'unheard', reason })).status).toBe(422);
    expect((await operator.put(path, { tier: 'small', reason })).json).toMatchObject({
      tier: 'small',
    });
    expect((await pay(2_001, carl)).json).toMatchObject({
      ...{ failure_code: 'limit_exceeded', limit_kind: 'per_transaction', limit: 2_000, used: 0 },
    });
    const refused = (await pay(1_501, carl)).json ?? {};
    expect(refused).toMatchObject({ limit_kind: 'per_day', limit: 2_500, used: 1_000 });
    expect(String(refused.resets_at)).toMatch(/T00:00:00\.000Z$/);
    expect((await pay(1_500, carl)).json).toMatchObject({ status: 'captured' });
  });
});

test('nothing is left in transit, and every invariant holds', async () => {
  const found = await system.db.knex.raw<{ rows: { sum: string }[] }>(
    `select sum(balance_minor) from account where kind = 'in_transit'`,
  );
  expect(found.rows[0]?.sum).toBe('0');
  const broken = (await verifyInvariants(system.db.knex)).filter((one) => one.violations > 0);
  expect(broken).toEqual([]);
});
