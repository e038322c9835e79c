import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createConnection,
  createRefundRetry,
  findAction,
  findChanges,
  findRefund,
  findWalletViews,
  post,
  findWallets,
  type Connection,
  type RefundRetry,
} from '@wallet/core-ledger';
import { topics, type RefundEvent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { refundEventOf } from '../posting/refund-event.ts';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
let cases: PaymentCases;
let timers: Connection;
let retry: RefundRetry;

beforeAll(async () => {
  wire = await createTestWire('refunds');
  const { codec } = wire.wire;
  stage = await createPostingStage(codec);
  cases = await createPaymentCases(stage);
  timers = await createConnection({ url: stage.url, applicationName: 'test timers' });
  retry = createRefundRetry({
    ...{ connection: timers, db: stage.database.knex },
    tell: (outcome) => ({
      topic: topics.refundEvents.name,
      record: refundEventOf(codec, outcome, { occurredAtMs: Date.now(), headers: {} }),
    }),
  });
});
afterAll(async () => {
  await timers.close();
  await stage.close();
  await wire.close();
});

const walletOf = async (id: string) => (await findWalletViews(stage.database.knex, [id]))[0];
const sql = async (text: string, values: string[] = []) =>
  (await stage.database.knex.raw<{ rows: Record<string, string>[] }>(text, values)).rows;

/** A payment to a shop of its own, captured. */
async function paid(amountMinor = 1_000n) {
  const payer = await stage.openWallet({ balance: amountMinor });
  const shop = await stage.openWallet({ kind: 'merchant' });
  const parties = { payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: amountMinor };
  const payment = await cases.pay(parties);
  // What the fee took, so that all can go back.
  await give(shop, 10n + amountMinor / 100n);
  return { payer, shop, payment };
}

/** Puts money on a wallet from outside: a credit, with its settlement long done. */
async function give(walletId: string, amountMinor: bigint): Promise<void> {
  const facts = (await findWallets(stage.database.knex, [walletId])).get(walletId);
  const accountId = facts?.accounts.customer ?? facts?.accounts.merchant_available;
  if (facts === undefined || accountId === undefined) throw new Error('no wallet');
  const { currency, platform } = facts;
  const legs = [
    { accountId: platform.external, amountMinor: -amountMinor, currency },
    { accountId, amountMinor, currency },
  ];
  const ids = { id: crypto.randomUUID(), paymentId: null, intentId: crypto.randomUUID() };
  await post(stage.database.knex, [{ type: 'transfer', kind: 'top_up', ...ids, legs }]);
}

describe('a refund', () => {
  it('takes what is available, then what is pending; is told, recorded and seen', async () => {
    const { payer, shop, payment } = await paid(1_000n);
    cases.commands.committed.length = 0;
    const refund = await cases.refund(payment, { amount_minor: 600n, reason: 'broken' });
    expect(refund).toMatchObject({ status: 'succeeded', amountMinor: 600n, version: 1 });
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 600n });
    expect(await walletOf(shop)).toMatchObject({ availableMinor: 0n, pendingMinor: 400n });
    expect(await cases.payment(payment.id)).toMatchObject({ refundedMinor: 600n, version: 1 });
    const [batch] = cases.commands.committed.filter(({ topic }) => topic === 'refund-events');
    const event = wire.wire.codec.decode<RefundEvent>(
      topics.refundEvents,
      batch?.records[0]?.payload ?? null,
    );
    expect(batch?.records[0]?.key).toBe(refund.id);
    expect(event).toMatchObject({ ok: true, value: { type: 'refund.succeeded' } });
    expect(await findChanges(stage.database.knex, refund.id)).toMatchObject([
      { from: null, to: 'succeeded', actor: payment.payeeId, reason: 'broken' },
    ]);
    const seen = await sql(`select state, amount_minor from audit.refunds where refund_id = ?`, [
      refund.id,
    ]);
    expect(seen).toEqual([{ state: 'succeeded', amount_minor: '600' }]);
  });

  it('two refunds of 60 on 100 at once: one succeeds, one refund_exceeds_remaining', async () => {
    const { payment } = await paid(100n);
    const two = [60n, 60n].map((amount_minor) => cases.askRefund(payment, { amount_minor }));
    expect(await cases.refunded(two)).toMatchObject([
      { status: 'succeeded' },
      { status: 'failed', failureCode: 'refund_exceeds_remaining', remainingMinor: 40n },
    ]);
    expect(await cases.refund(payment)).toMatchObject({ status: 'succeeded', amountMinor: 40n });
    expect(await cases.refund(payment)).toMatchObject({ failureCode: 'refund_exceeds_remaining' });
    expect(await cases.payment(payment.id)).toMatchObject({ refundedMinor: 100n });
  });

  it('is never the payer’s to make, nor a stranger’s', async () => {
    const { payment } = await paid();
    const refusals = [
      { caller_id: payment.payerId, actor_role: 'customer' },
      { caller_id: crypto.randomUUID(), actor_role: 'merchant' },
    ];
    for (const who of refusals) {
      expect(await cases.refund(payment, who)).toMatchObject({
        ...{ status: 'failed', failureCode: 'not_allowed_for_party' },
      });
    }
    const helped = { caller_id: crypto.randomUUID(), actor_role: 'support', amount_minor: 1n };
    expect(await cases.refund(payment, helped)).toMatchObject({ status: 'succeeded' });
  });

  it('of nothing captured, and of no payment at all', async () => {
    const payer = await stage.openWallet({ balance: 100n });
    const shop = await stage.openWallet({ kind: 'merchant' });
    const held = await cases.pay({
      ...{ payer_wallet_id: payer, payee_wallet_id: shop, capture: 'manual' },
    });
    expect(await cases.refund(held)).toMatchObject({ failureCode: 'invalid_state' });
    expect(await cases.refund({ ...held, id: crypto.randomUUID() })).toMatchObject({
      ...{ status: 'failed', failureCode: 'payment_not_found' },
    });
  });

  it('to a closed wallet goes to suspense, and says so', async () => {
    const { payer, payment } = await paid(100n);
    await sql(`update account set status = 'closed' where wallet_id = ?`, [payer]);
    expect(await cases.refund(payment)).toMatchObject({ status: 'succeeded', toSuspense: true });
    const [row] = await sql(`select balance_minor from account where kind = 'suspense'`);
    expect(row?.balance_minor).toBe('100');
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 0n });
  });

  it('gives the fee back in proportion where asked to; the last takes the rest', async () => {
    const { shop, payment } = await paid(1_000n);
    await sql(
      `insert into merchant_terms (wallet_id, fee_fixed_minor, fee_basis_points, refund_fee,
         dispute_fee_minor, provisional_up_to_minor, second_person_above_minor)
       values (?, 10, 100, 'proportional', 0, 0, 0)`,
      [shop],
    );
    const parts = [333n, 333n, 334n].map((amount_minor) =>
      cases.askRefund(payment, { amount_minor }),
    );
    const refunds = await cases.refunded(parts);
    expect(refunds.map(({ feeReturnedMinor }) => feeReturnedMinor)).toEqual([6n, 7n, 7n]);
    // 20 of fee came back, and 20 had been given: nothing of the payment is left with the shop.
    expect(await walletOf(shop)).toMatchObject({ balanceMinor: 20n });
  });
});

describe('a refund whose payee is short', () => {
  /** 980 of 1,000 are left: the whole does not fit. */
  async function short() {
    const payer = await stage.openWallet({ balance: 1_000n });
    const shop = await stage.openWallet({ kind: 'merchant' });
    const payment = await cases.pay({
      ...{ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 1_000n },
    });
    return { payer, shop, payment, refund: await cases.refund(payment) };
  }

  it('stays pending, counts against the rest, and succeeds at the next credit', async () => {
    const { payer, shop, payment, refund } = await short();
    expect(refund).toMatchObject({ status: 'pending', amountMinor: 1_000n, failureCode: null });
    expect(await cases.refund(payment, { amount_minor: 1n })).toMatchObject({
      ...{ failureCode: 'refund_exceeds_remaining', remainingMinor: 0n },
    });
    expect(await retry(10)).toMatchObject({ claimed: 0 });
    await give(shop, 19n);
    expect(await retry(10)).toMatchObject({ claimed: 0 });
    await give(shop, 1n);
    const run = await retry(10);
    expect(run.outcomes.map(({ event }) => event)).toEqual(['refund.succeeded']);
    expect(run.batches[0]?.topic).toBe('refund-events');
    expect(await findRefund(stage.database.knex, refund.id)).toMatchObject({
      ...{ status: 'succeeded', version: 2 },
    });
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 1_000n });
    expect(await walletOf(shop)).toMatchObject({ balanceMinor: 0n });
    expect(await cases.payment(payment.id)).toMatchObject({ refundedMinor: 1_000n });
    expect(await sql(`select refunding_minor from payment where id = ?`, [payment.id])).toEqual([
      { refunding_minor: '0' },
    ]);
    expect(await retry(10)).toMatchObject({ claimed: 0 });
    expect(await findChanges(stage.database.knex, refund.id)).toMatchObject([
      { to: 'pending' },
      { from: 'pending', to: 'succeeded', role: 'system', reason: 'credited' },
    ]);
  });

  it('canceled it frees the rest; failed or canceled refunds never count against it', async () => {
    const { payment, refund } = await short();
    const id = crypto.randomUUID();
    const cancel = cases.askRefund(payment, {
      ...{ intent_id: id, refund_id: refund.id, kind: 'refund_cancel' },
    });
    await cases.commands.posting.handle([cancel]);
    expect(await findAction(stage.database.knex, id)).toMatchObject({
      ...{ status: 'succeeded', action: 'refund_cancel', noun: 'refund', nounId: refund.id },
    });
    expect(await findRefund(stage.database.knex, refund.id)).toMatchObject({ status: 'canceled' });
    const again = crypto.randomUUID();
    await cases.commands.posting.handle([
      cases.askRefund(payment, {
        ...{ intent_id: again, refund_id: refund.id, kind: 'refund_cancel' },
      }),
    ]);
    expect(await findAction(stage.database.knex, again)).toMatchObject({
      ...{ status: 'failed', failureCode: 'invalid_state' },
    });
    expect(await cases.refund(payment, { amount_minor: 980n })).toMatchObject({
      status: 'succeeded',
    });
  });

  it('waits for thirty days, and then fails', async () => {
    const { payment, refund } = await short();
    await sql(`update refund set accepted_at = now() - interval '31 days' where id = ?`, [
      refund.id,
    ]);
    const run = await retry(10);
    expect(run.outcomes.map(({ refund: { failureCode } }) => failureCode)).toEqual([
      'insufficient_funds',
    ]);
    expect(await cases.refund(payment, { amount_minor: 980n })).toMatchObject({
      status: 'succeeded',
    });
  });
});
