import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { findChanges, findMerchantTerms, putMerchantTerms } from '@wallet/core-ledger';
import { type MerchantTerms, type PaymentView } from '@wallet/core-ledger';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createDisputeCases, type DisputeCases } from '../testing/dispute-cases.ts';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
let payments: PaymentCases;
let disputes: DisputeCases;
let payer: string;
let shop: string;

beforeAll(async () => {
  wire = await createTestWire('merchant-terms');
  stage = await createPostingStage(wire.wire.codec);
  payments = await createPaymentCases(stage);
  disputes = createDisputeCases(stage, payments);
});
beforeEach(async () => {
  payer = await stage.openWallet({ balance: 1_000_000n });
  shop = await stage.openWallet({ kind: 'merchant' });
});
afterAll(async () => {
  await wire.close();
  await stage.closeSound();
});

const house: MerchantTerms = {
  fee: { fixedMinor: 10n, basisPoints: 100n },
  ...{ refundFee: 'kept', disputeFeeMinor: 1_500n, provisionalUpToMinor: 50_000n },
  secondPersonAboveMinor: 50_000n,
};

async function agree(terms: Partial<MerchantTerms>): Promise<boolean> {
  const order = { walletId: shop, actor: randomUUID(), role: 'operator' as const };
  const why = { reason: 'agreed by letter', requestId: 'request-1' };
  const before = (await findMerchantTerms(stage.database.knex, shop)) ?? house;
  return putMerchantTerms(stage.database.knex, { ...order, ...why }, { ...before, ...terms });
}

const pay = (amount_minor: bigint, more = {}): Promise<PaymentView> =>
  payments.pay({ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor, ...more });

describe('what was agreed with a merchant', () => {
  it('is the house’s until an operator says otherwise, and kept with its reason', async () => {
    expect(await findMerchantTerms(stage.database.knex, shop)).toEqual(house);
    expect(await findMerchantTerms(stage.database.knex, payer)).toBeNull();
    expect(await agree({ refundFee: 'proportional' })).toBe(true);
    expect(await findMerchantTerms(stage.database.knex, shop)).toEqual({
      ...{ ...house, refundFee: 'proportional' },
    });
    expect(await findChanges(stage.database.knex, shop)).toMatchObject([
      { role: 'operator', reason: 'agreed by letter', requestId: 'request-1' },
    ]);
  });

  it('counts for the next payment, not for those before', async () => {
    const before = await pay(10_000n);
    await agree({ fee: { fixedMinor: 0n, basisPoints: 250n } });
    const after = await pay(10_000n);
    expect([before.feeMinor, after.feeMinor]).toEqual([110n, 250n]);
  });

  it('changed between two captures: neither pays more than it captures', async () => {
    const payment = await pay(10_000n, { capture: 'manual' });
    await payments.act('capture', payment, { amount_minor: 9_900n });
    expect(await payments.payment(payment.id)).toMatchObject({ feeMinor: 109n });
    await agree({ fee: { fixedMinor: 5_000n, basisPoints: 0n } });
    expect(await payments.act('capture', payment)).toBe('succeeded');
    expect(await payments.payment(payment.id)).toMatchObject({
      ...{ status: 'captured', capturedMinor: 10_000n, feeMinor: 209n },
    });
  });

  it('says what a chargeback costs, and an open one keeps its price', async () => {
    await agree({ disputeFeeMinor: 700n });
    const dispute = await disputes.open(await pay(10_000n));
    expect(dispute.position.fee).toBe(700n);
    await agree({ disputeFeeMinor: 9_000n });
    await disputes.act('accept', dispute, 'payee');
    expect((await disputes.dispute(dispute.id)).position.fee).toBe(700n);
  });

  it('says up to where the payer has the money meanwhile', async () => {
    const robbed = { reason: 'fraudulent' } as const;
    const credited = async (amountMinor: bigint) =>
      (await disputes.open(await pay(amountMinor), robbed)).position.credited;
    await agree({ provisionalUpToMinor: 500n });
    expect([await credited(500n), await credited(501n)]).toEqual([500n, 0n]);
    await agree({ provisionalUpToMinor: 0n });
    expect(await credited(1n)).toBe(0n);
  });

  it('may ask for the second person earlier, never later', async () => {
    await agree({ secondPersonAboveMinor: 1_000n });
    const dispute = await disputes.open(await pay(1_001n));
    const award = { amount_minor: 1_001n };
    expect(await disputes.act('decision', dispute, 'operator', award)).toBe('succeeded');
    expect((await disputes.dispute(dispute.id)).status).toBe('needs_response');
    expect(await disputes.act('decision', dispute, 'second operator', award)).toBe('succeeded');
    expect((await disputes.dispute(dispute.id)).status).toBe('lost');
    await expect(agree({ secondPersonAboveMinor: 50_001n })).rejects.toThrow(
      'merchant_terms_second_person_bound',
    );
  });
});

describe('when captured money is the merchant’s to take', () => {
  it('its clearing time after the last capture; between customers never', async () => {
    const friend = await stage.openWallet();
    const gift = await pay(100n, { payee_wallet_id: friend });
    const payment = await pay(10_000n, { capture: 'manual' });
    expect([gift.availableOn, payment.availableOn]).toEqual([null, null]);
    await payments.act('capture', payment, { amount_minor: 4_000n });
    const first = (await payments.payment(payment.id)).availableOn?.getTime() ?? 0;
    await payments.act('capture', payment);
    const last = (await payments.payment(payment.id)).availableOn?.getTime() ?? 0;
    expect(last).toBeGreaterThan(first);
    await payments.refund(payment, { amount_minor: 100n });
    const after = await payments.payment(payment.id);
    expect(after.availableOn?.getTime()).toBe(last);
    const atOnce = await pay(10_000n);
    const day = 86_400_000;
    expect((atOnce.availableOn?.getTime() ?? 0) - atOnce.updatedAt.getTime()).toBe(day);
  });
});
