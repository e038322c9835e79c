import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findChanges, findWalletViews, type PaymentView } from '@wallet/core-ledger';
import { topics, type PaymentEvent, type WalletEvent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
let cases: PaymentCases;
let payer: string;
let shop: string;

beforeAll(async () => {
  wire = await createTestWire('payment-actions');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createPaymentCases(stage);
  payer = await stage.openWallet({ balance: 1_000_000n });
  shop = await stage.openWallet({ kind: 'merchant' });
});
afterAll(async () => {
  await stage.close();
  await wire.close();
});

const walletOf = async (id: string) => (await findWalletViews(stage.database.knex, [id]))[0];
const authorize = (amountMinor = 1_000n, more = {}): Promise<PaymentView> =>
  cases.pay({
    ...{ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: amountMinor },
    ...{ capture: 'manual', ...more },
  });
const review = { outcome: 'review' } as const;

/** What was handed over on a topic since the last look, decoded. */
function told<T>(topic: { name: string }): T[] {
  const batches = cases.commands.committed.splice(0).filter((batch) => batch.topic === topic.name);
  return batches.flatMap(({ records }) =>
    records.map(({ payload }) => {
      const read = wire.wire.codec.decode(topic as typeof topics.paymentEvents, payload);
      if (!read.ok) throw new Error(read.reason);
      return read.value as T;
    }),
  );
}

describe('capture', () => {
  it('takes all that is set aside, with its fee, event, action and history', async () => {
    const payment = await authorize();
    const before = await walletOf(shop);
    cases.commands.committed.length = 0;
    const caller = crypto.randomUUID();
    expect(await cases.act('capture', payment, { caller_id: caller, reason: 'sent' })).toBe(
      'succeeded',
    );
    expect(await cases.payment(payment.id)).toMatchObject({
      ...{ status: 'captured', version: 2, capturedMinor: 1_000n, feeMinor: 20n },
    });
    expect((await walletOf(shop))?.pendingMinor).toBe((before?.pendingMinor ?? 0n) + 980n);
    const [event] = told<PaymentEvent>(topics.paymentEvents);
    expect(event).toMatchObject({
      ...{ type: 'payment.captured', payment_version: 2, status: 'captured', fee_minor: 20n },
    });
    expect(await findChanges(stage.database.knex, payment.id)).toMatchObject([
      {
        ...{ from: 'authorized', to: 'captured', actor: caller, role: 'merchant', reason: 'sent' },
        requestId: expect.stringMatching(/^request-/),
      },
    ]);
  });

  it('in parts the payment stays authorized; the fees sum to the fee of the whole', async () => {
    const payment = await authorize(1_000n);
    const parts = [333n, 1n, 332n].map((amount_minor) =>
      cases.ask('capture', payment, { amount_minor }),
    );
    cases.commands.committed.length = 0;
    expect(await cases.done(parts)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const events = told<PaymentEvent>(topics.paymentEvents);
    expect(events.map(({ status, captured_minor }) => [status, captured_minor])).toEqual([
      ['authorized', 333n],
      ['authorized', 334n],
      ['authorized', 666n],
    ]);
    expect(events.map(({ payment_version }) => payment_version)).toEqual([2, 3, 4]);
    expect(await cases.act('capture', payment, { amount_minor: 335n })).toBe(
      'capture_exceeds_authorization',
    );
    expect(await cases.act('capture', payment)).toBe('succeeded');
    expect(await cases.payment(payment.id)).toMatchObject({
      ...{ status: 'captured', version: 5, capturedMinor: 1_000n, feeMinor: 20n },
    });
  });

  it('final, it gives the rest back to the payer', async () => {
    const before = await walletOf(payer);
    const payment = await authorize(1_000n);
    expect(await cases.act('capture', payment, { amount_minor: 400n, final: true })).toBe(
      'succeeded',
    );
    expect(await cases.payment(payment.id)).toMatchObject({
      ...{ status: 'captured', capturedMinor: 400n },
    });
    expect(await walletOf(payer)).toMatchObject({
      balanceMinor: (before?.balanceMinor ?? 0n) - 400n,
      heldMinor: before?.heldMinor,
    });
  });

  it('hold captured after expiry: authorization_expired, and nothing moves', async () => {
    const payment = await authorize();
    await stage.database.knex.raw(
      `update hold set expires_at = statement_timestamp() where payment_id = ?`,
      [payment.id],
    );
    expect(await cases.act('capture', payment)).toBe('authorization_expired');
    expect(await cases.payment(payment.id)).toMatchObject({ status: 'authorized', version: 1 });
  });

  it('of a payment that is not there, and of one that was never authorized', async () => {
    const captured = await cases.pay({ payer_wallet_id: payer, payee_wallet_id: shop });
    const unknown = { ...captured, id: crypto.randomUUID() };
    expect(await cases.act('capture', unknown)).toBe('payment_not_found');
    expect(await cases.act('capture', captured)).toBe('invalid_state');
  });

  it('a repeat has no effect, and another payload under its id is a dead letter', async () => {
    const payment = await authorize();
    const id = crypto.randomUUID();
    const ask = (amount_minor: bigint) =>
      cases.ask('capture', payment, { intent_id: id, amount_minor });
    await cases.done([ask(100n), ask(100n)]);
    await cases.done([ask(100n)]);
    cases.commands.committed.length = 0;
    await cases.done([ask(200n)]);
    expect(await cases.payment(payment.id)).toMatchObject({ capturedMinor: 100n, version: 2 });
    const [letter] = cases.commands.committed.filter(({ topic }) => topic.endsWith('dead-letter'));
    expect(letter?.records[0]?.headers['dead-letter-reason']).toBe('payload_mismatch');
  });
});

describe('cancel', () => {
  it('gives everything back, and then nothing more can be done', async () => {
    const before = await walletOf(payer);
    const payment = await authorize();
    cases.commands.committed.length = 0;
    const asked = [cases.ask('cancel', payment), cases.ask('capture', payment)];
    expect(await cases.done(asked)).toEqual(['succeeded', 'invalid_state']);
    const acts = told<WalletEvent>(topics.walletEvents);
    expect(acts.map(({ type, noun, noun_id }) => [type, noun, noun_id])).toEqual([
      ['cancel.succeeded', 'payment', payment.id],
      ['capture.failed', 'payment', payment.id],
    ]);
    expect(await cases.payment(payment.id)).toMatchObject({ status: 'canceled', version: 2 });
    expect(await walletOf(payer)).toMatchObject({
      ...{ balanceMinor: before?.balanceMinor, heldMinor: before?.heldMinor },
    });
  });

  it('after a part was captured, the payment is captured and the rest goes back', async () => {
    const payment = await authorize(1_000n);
    await cases.act('capture', payment, { amount_minor: 300n });
    cases.commands.committed.length = 0;
    expect(await cases.act('cancel', payment)).toBe('succeeded');
    expect(told<PaymentEvent>(topics.paymentEvents)[0]?.type).toBe('payment.released');
    expect(await cases.payment(payment.id)).toMatchObject({
      ...{ status: 'captured', capturedMinor: 300n, version: 3 },
    });
  });
});

describe('a review', () => {
  const parties = () => ({ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 500n });

  it('approved captures what was to be captured at once; rejected gives it back', async () => {
    const good = await cases.pay(parties(), review);
    const bad = await cases.pay(parties(), review);
    expect(await cases.act('approve', good, { actor_role: 'analyst' })).toBe('succeeded');
    expect(await cases.act('reject', bad, { actor_role: 'analyst' })).toBe('succeeded');
    expect(await cases.payment(good.id)).toMatchObject({ status: 'captured', feeMinor: 15n });
    expect(await cases.payment(bad.id)).toMatchObject({ status: 'rejected', capturedMinor: 0n });
  });

  it('approved for capture by hand it is authorized for as long as was asked', async () => {
    const manual = { capture: 'manual', authorization_expires_in: 3_600 } as const;
    const payment = await cases.pay({ ...parties(), ...manual }, review);
    expect(await cases.act('capture', payment)).toBe('invalid_state');
    const both = [
      cases.ask('approve', payment),
      cases.ask('capture', payment, { amount_minor: 1n }),
    ];
    expect(await cases.done(both)).toEqual(['succeeded', 'succeeded']);
    const authorized = await cases.payment(payment.id);
    const leftMs = (authorized.authorizationExpiresAt?.getTime() ?? 0) - Date.now();
    expect(authorized).toMatchObject({ status: 'authorized', capturedMinor: 1n, version: 3 });
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThan(3_700_000);
    expect(await cases.act('capture', payment)).toBe('succeeded');
    expect(await cases.payment(payment.id)).toMatchObject({ status: 'captured', version: 4 });
  });
});
