import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBook } from '../ledger/book.ts';
import { account, hold } from '../ledger/testing/book-cases.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { decidePaymentAction, objectionTo } from './actions.ts';
import type { ActionOutcome, PaymentActionRequest } from './actions.ts';
import { holdIdsOf } from './decide.ts';
import { houseFees, merchantFeeOf } from './fees.ts';
import { paymentStates } from './payment.ts';
import type { PaymentAction, PaymentStatus } from './payment.ts';
import type { LockedPayment } from './shelf.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());

const shop: WalletFacts = {
  ...{ walletId: 'shop', ownerId: 'o', kind: 'merchant', currency: 'USD' },
  platform: { fees: 9n } as unknown as WalletFacts['platform'],
  accounts: { merchant_pending: 3n, merchant_available: 4n },
};

const paymentOf = (rest: Partial<LockedPayment> = {}): LockedPayment => ({
  ...{ id: '0190a0b0-0000-8000-8000-000000000001', payerWalletId: 'payer', payeeWalletId: 'shop' },
  ...{ payerId: 'a', payeeId: 'b', amountMinor: 1_000n, currency: 'USD', capture: 'manual' },
  ...{ authorizationSeconds: 3_600, acceptedAtMs: 1_700_000_000_000, status: 'authorized' },
  ...{ version: 1, feeMinor: 0n, capturedMinor: 0n, refundedMinor: 0n, refundingMinor: 0n },
  ...{ disputedMinor: 0n },
  ...rest,
});

/** A payer with all of it set aside, and the shop. */
function bookOf(payment: LockedPayment, isPast = false) {
  const { amountMinor, capturedMinor } = payment;
  const [id = ''] = holdIdsOf(payment);
  const heldMinor = amountMinor - capturedMinor;
  const isHeld = payment.status === 'authorized' || payment.status === 'in_review';
  return createBook({
    accounts: [
      account(1, 5_000n, { heldMinor: isHeld ? heldMinor : 0n }),
      account(3, 0n, { kind: 'merchant_pending' }),
      account(9, 0n, { kind: 'fees' }),
    ],
    holds: isHeld ? [hold(id, { amountMinor, capturedMinor, isPast })] : [],
  });
}

const requestOf = (
  action: PaymentAction,
  rest: Partial<PaymentActionRequest> = {},
): PaymentActionRequest => ({
  ...{ id: '0190a0b0-0000-8000-8000-000000000002', action, amountMinor: 0n, final: false },
  ...{ acceptedAtMs: 1_700_000_000_001 },
  ...rest,
});

const act = (
  action: PaymentAction,
  payment: LockedPayment,
  rest: Partial<PaymentActionRequest> = {},
  book = bookOf(payment),
  fee = houseFees,
): ActionOutcome =>
  decidePaymentAction(requestOf(action, rest), { payment, payee: shop, fee, book });

const actions = ['capture', 'cancel', 'approve', 'reject'] as const;
const statuses = [
  ...(['in_review', 'authorized', 'captured', 'failed'] as const),
  ...(['rejected', 'expired', 'canceled'] as const),
] satisfies readonly PaymentStatus[];
const pairs = statuses.flatMap((status) => actions.map((action) => ({ status, action })));

describe('every pair of a state and an action', () => {
  test.each(pairs)('$action of what is $status', ({ status, action }) => {
    const legal = paymentStates.rows.filter((row) => row.from === status && row.action === action);
    const outcomes = (['automatic', 'manual'] as const).flatMap((capture) =>
      (status === 'in_review' ? [0n] : [0n, 400n]).map((capturedMinor) => {
        const before = paymentOf({ status, capture, capturedMinor });
        return act(action, before, action === 'capture' ? { amountMinor: 100n } : {});
      }),
    );
    if (legal.length === 0) {
      const code = objectionTo(action, { status });
      expect(code).not.toBeNull();
      expect(outcomes).toEqual(outcomes.map(() => ({ ok: false, code })));
      return;
    }
    expect(objectionTo(action, { status })).toBeNull();
    for (const outcome of outcomes) {
      if (!outcome.ok) throw new Error(outcome.code);
      const { payment, event } = outcome;
      expect(payment.version).toBe(2);
      expect(legal).toContainEqual(expect.objectContaining({ to: payment.status, event }));
    }
  });

  test('what is refused leaves the book as it was', () => {
    for (const { status, action } of pairs) {
      const payment = paymentOf({ status });
      const book = bookOf(payment, true);
      if (act(action, payment, {}, book).ok) continue;
      expect([book.transfers.length, book.changed.size, book.newHolds.length]).toEqual([0, 0, 0]);
    }
  });
});

test('past its time: authorization_expired, review_expired', () => {
  const held = paymentOf();
  const reviewed = paymentOf({ status: 'in_review' });
  const late = (action: PaymentAction, payment: LockedPayment) =>
    act(action, payment, {}, bookOf(payment, true));
  expect(late('capture', held)).toEqual({ ok: false, code: 'authorization_expired' });
  expect(late('approve', reviewed)).toEqual({ ok: false, code: 'review_expired' });
});

test(`captures in any parts: fees sum to that of the whole, nothing is lost (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 100_000n }),
      fc.array(fc.bigInt({ min: 1n, max: 30_000n }), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      (amountMinor, parts, isCanceled) => {
        let payment = paymentOf({ amountMinor });
        const book = createBook({
          accounts: [
            account(1, amountMinor, { heldMinor: amountMinor }),
            account(3, 0n, { kind: 'merchant_pending' }),
            account(9, 0n, { kind: 'fees' }),
          ],
          holds: [hold(holdIdsOf(payment)[0] ?? '', { amountMinor })],
        });
        for (const [index, part] of parts.entries()) {
          const id = `0190a0b0-0000-8000-8000-0000000001${String(index).padStart(2, '0')}`;
          const outcome = act('capture', payment, { id, amountMinor: part }, book);
          if (outcome.ok) payment = outcome.payment;
          else expect(['capture_exceeds_authorization', 'invalid_state']).toContain(outcome.code);
        }
        if (isCanceled && payment.status === 'authorized') {
          const outcome = act('cancel', payment, {}, book);
          if (!outcome.ok) throw new Error(outcome.code);
          payment = outcome.payment;
          expect(book.account(1n)?.heldMinor).toBe(0n);
        }
        const { capturedMinor, feeMinor } = payment;
        expect(feeMinor).toBe(capturedMinor === 0n ? 0n : merchantFeeOf(capturedMinor, houseFees));
        expect(book.account(9n)?.balanceMinor).toBe(feeMinor);
        expect(book.account(3n)?.balanceMinor).toBe(capturedMinor - feeMinor);
        expect(book.account(1n)?.balanceMinor).toBe(amountMinor - capturedMinor);
        if (payment.status === 'captured') expect(capturedMinor > 0n).toBe(true);
        if (payment.status === 'canceled') expect(capturedMinor).toBe(0n);
      },
    ),
    { seed, numRuns: 300 },
  );
});
