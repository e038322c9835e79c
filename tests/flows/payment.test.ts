import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { topics } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import { badRequestNames, badRequests } from '../simulate/bad-requests.ts';
import { memberOf, type Resident } from '../support/api.ts';
import { entriesOfPayment, ledgerSums } from '../support/effects.ts';
import { NoAnswer } from '../support/http-client.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;
/** Many smaller payments look like stolen cards being tried, larger ones like a mule's. */
const usualMinor = 510;

let system: System;
let ann: Resident;
let bob: Resident;
let dave: Resident;
let shop: Resident;

beforeAll(async () => {
  system = await startSystem();
  [ann, bob, dave, shop] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.customerWith(1_000_000),
    system.api.register('customer'),
    system.api.register('merchant'),
  ]);
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

/** What the wallet shows its owner. */
async function walletOf(person: Resident) {
  const shown = await person.wallet();
  const { balance_minor: balance, held_minor: held, available_minor: available } = shown;
  return { balance: Number(balance), held: Number(held), available: Number(available) };
}

const untilStatus = (person: Resident, id: string, status: string): Promise<boolean> =>
  system.waitFor(
    async () => {
      const shown = memberOf(await person.get(`/payments/${id}`), 200, 'status');
      if (shown === status) return true;
      throw new Error(`it is ${String(shown)}`);
    },
    `payment ${id} to be ${status}`,
    withinMs,
  );

describe('a payment, the whole way', () => {
  test('is received, captured, booked, told to both parties and published', async () => {
    const before = { ann: await walletOf(ann), bob: await walletOf(bob) };
    const answer = await ann.pay({ from: ann.walletId, to: bob.walletId, amountMinor: 1_234 });
    const id = String(memberOf(answer, 202, 'id'));
    expect(answer.headers.location).toBe(`/payments/${id}`);
    expect(answer.headers['x-request-id']).toEqual(expect.any(String));
    expect(answer.json).toMatchObject({
      object: 'payment',
      status: 'received',
      amount_minor: 1_234,
      fee_minor: 0,
      currency: 'USD',
    });
    await untilStatus(ann, id, 'captured');
    expect(await entriesOfPayment(system.db, id)).toEqual([
      { kind: 'customer', walletId: ann.walletId, amountMinor: -1_234n },
      { kind: 'customer', walletId: bob.walletId, amountMinor: 1_234n },
    ]);
    expect((await walletOf(ann)).balance).toBe(before.ann.balance - 1_234);
    expect((await walletOf(bob)).balance).toBe(before.bob.balance + 1_234);
    for (const person of [ann, bob]) {
      await system.waitFor(
        async () => (await person.get('/notifications')).text.includes(id),
        `${person.email} to find payment ${id} in the inbox`,
        withinMs,
      );
    }
    const events = await system.waitFor(
      async () => {
        const records = await readTopic({ ...system, topic: topics.paymentEvents.name });
        const ofPayment = records.filter(({ key }) => key === id);
        return ofPayment.length > 0 && ofPayment;
      },
      `an event of payment ${id} on Kafka`,
      withinMs,
    );
    expect(
      events.map(({ value }) => system.wire.codec.decode(topics.paymentEvents, value)),
    ).toEqual([
      {
        ok: true,
        value: expect.objectContaining({
          type: 'payment.captured',
          payment_id: id,
          captured_minor: 1_234n,
        }),
      },
    ]);
  });

  test('to a merchant leaves the fee with the platform', async () => {
    // From 10,000 a slow Redis means review.
    const order = { from: ann.walletId, to: shop.walletId, amountMinor: 9_000 };
    const answer = await ann.pay(order, { wait: 10 });
    expect(answer.json).toMatchObject({ status: 'captured', fee_minor: 100 });
    expect(await entriesOfPayment(system.db, String(answer.json?.['id']))).toEqual([
      { kind: 'customer', walletId: ann.walletId, amountMinor: -9_000n },
      { kind: 'fees', walletId: null, amountMinor: 100n },
      { kind: 'merchant_pending', walletId: shop.walletId, amountMinor: 8_900n },
    ]);
  });

  test('with Prefer: wait is answered when it is decided', async () => {
    const answer = await ann.pay(
      { from: ann.walletId, to: bob.walletId, amountMinor: 1 },
      { wait: 10 },
    );
    expect(memberOf(answer, 200, 'status')).toBe('captured');
    expect(answer.headers['preference-applied']).toBe('wait=10');
  });

  test('of 66,600 goes to review, and the money is held', async () => {
    const before = await walletOf(ann);
    const answer = await ann.pay(
      { from: ann.walletId, to: bob.walletId, amountMinor: 66_600 },
      { wait: 10 },
    );
    expect(memberOf(answer, 200, 'status')).toBe('in_review');
    expect(await walletOf(ann)).toEqual({
      balance: before.balance,
      held: before.held + 66_600,
      available: before.available - 66_600,
    });
    expect(await entriesOfPayment(system.db, String(answer.json?.['id']))).toEqual([]);
  });

  test('with manual capture is authorized, and the money is held', async () => {
    const before = await walletOf(ann);
    const order = { from: ann.walletId, to: shop.walletId, amountMinor: 700 } as const;
    const answer = await ann.pay({ ...order, capture: 'manual' }, { wait: 10 });
    expect(memberOf(answer, 200, 'status')).toBe('authorized');
    expect((await walletOf(ann)).held).toBe(before.held + 700);
  });

  test('without the funds fails by name and changes nothing', async () => {
    const before = { ann: await walletOf(ann), bob: await walletOf(bob) };
    const answer = await ann.pay(
      { from: ann.walletId, to: bob.walletId, amountMinor: 9_000_000 },
      { wait: 10 },
    );
    expect(memberOf(answer, 200, 'status')).toBe('failed');
    expect(answer.json?.['failure_code']).toBe('insufficient_funds');
    expect({ ann: await walletOf(ann), bob: await walletOf(bob) }).toEqual(before);
  });

  test('can be looked at from the moment of its 202: never a 404', async () => {
    const looks = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const order = { from: ann.walletId, to: dave.walletId, amountMinor: usualMinor };
        const id = String(memberOf(await ann.pay(order), 202, 'id'));
        const seen: number[] = [];
        await system.waitFor(
          async () => {
            const { status, json } = await ann.get(`/payments/${id}`);
            seen.push(status);
            return json?.['status'] === 'captured';
          },
          `payment ${id} to be captured`,
          withinMs,
        );
        return seen;
      }),
    );
    expect([...new Set(looks.flat())]).toEqual([200]);
  });

  test('is made once however often it is asked for, and one key means one thing', async () => {
    const order = { from: ann.walletId, to: dave.walletId, amountMinor: usualMinor };
    const key = `once-${ann.walletId}`;
    const first = await ann.pay(order, { key });
    const again = await ann.pay(order, { key });
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await ann.pay({ ...order, amountMinor: usualMinor + 1 }, { key });
    expect(memberOf(other, 422, 'code')).toBe('idempotency_key_reused');
    const id = String(memberOf(first, 202, 'id'));
    await untilStatus(ann, id, 'captured');
    expect(await entriesOfPayment(system.db, id)).toHaveLength(2);
  });

  test("does not leave somebody else's wallet, and is nobody else's to see", async () => {
    const theft = await bob.pay({ from: ann.walletId, to: bob.walletId, amountMinor: 10 });
    expect(memberOf(theft, 404, 'code')).toBe('wallet_not_found');
    const order = { from: ann.walletId, to: shop.walletId, amountMinor: 10 };
    const id = String(memberOf(await ann.pay(order), 202, 'id'));
    expect((await bob.get(`/payments/${id}`)).status).toBe(404);
  });
});

describe('a bad request', () => {
  test('gets what the contract says, and nothing of it is published', async () => {
    const endsOf = async () => [
      ...(await system.wire.admin.endOffsets(topics.paymentIntents.name)),
      ...(await system.wire.admin.endOffsets(topics.walletIntents.name)),
    ];
    const before = await endsOf();
    const good = {
      headers: { authorization: ann.bearer, 'content-type': 'application/json' },
      body: {
        payer_wallet_id: ann.walletId,
        payee_wallet_id: bob.walletId,
        amount_minor: 100,
        currency: 'USD',
        capture: 'automatic',
      },
    };
    const answers = await Promise.all(
      badRequestNames.map(async (name) => {
        const headers = { ...good.headers, 'idempotency-key': `bad-${name}` };
        const spoiled = badRequests[name].spoil({ headers, body: good.body });
        const answer = await system.api.http.send({
          method: 'POST',
          path: '/payments',
          headers: spoiled.headers,
          body: spoiled.raw ?? JSON.stringify(spoiled.body),
        });
        const code = answer.json?.['code'];
        const wanted = badRequests[name].code;
        return { name, status: answer.status, code: wanted === undefined ? undefined : code };
      }),
    );
    expect(answers).toEqual(
      badRequestNames.map((name) => ({
        name,
        status: badRequests[name].status,
        code: badRequests[name].code,
      })),
    );
    expect(await endsOf()).toEqual(before);
  });

  test('of two megabytes is refused as too large, or the connection is closed', async () => {
    const body = { description: 'x'.repeat(2 * 1024 * 1024) };
    const outcome = await ann.post('/payments', body).catch((error: unknown) => error);
    if (!(outcome instanceof NoAnswer)) expect(outcome).toMatchObject({ status: 413 });
    const order = { from: ann.walletId, to: dave.walletId, amountMinor: usualMinor };
    expect((await ann.pay(order)).status).toBe(202);
  });
});

test('at the end every currency sums to zero', async () => {
  const sums = await ledgerSums(system.db);
  expect(sums.length).toBeGreaterThan(0);
  expect(sums).toEqual(sums.map(({ currency }) => ({ currency, balances: '0', entries: '0' })));
});
