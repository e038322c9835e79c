import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBook } from '../ledger/book.ts';
import { account } from '../ledger/testing/book-cases.ts';
import { houseFees, merchantFeeOf } from '../payments/fees.ts';
import type { LockedPayment } from '../payments/shelf.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { decideRefund, endRefund, refundableOf, retryRefund } from './decide.ts';
import type { RefundContext, RefundOutcome } from './decide.ts';
import type { Refund } from './refund.ts';
import { refundStates } from './refund.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());

const platform = { fees: 9n, suspense: 8n } as unknown as WalletFacts['platform'];
const payer: WalletFacts = {
  ...{ walletId: 'payer', ownerId: 'a', kind: 'customer', currency: 'USD', platform },
  accounts: { customer: 1n },
};
const payee: WalletFacts = {
  ...{ walletId: 'shop', ownerId: 'b', kind: 'merchant', currency: 'USD', platform },
  accounts: { merchant_pending: 3n, merchant_available: 4n },
};

const idOf = (index: number): string =>
  `0190a0b0-0000-8000-8000-${String(index).padStart(12, '0')}`;

const paymentOf = (capturedMinor: bigint, rest: Partial<LockedPayment> = {}): LockedPayment => ({
  ...{ id: idOf(0), payerWalletId: 'payer', payeeWalletId: 'shop', payerId: 'a', payeeId: 'b' },
  ...{ amountMinor: capturedMinor, currency: 'USD', capture: 'automatic', status: 'captured' },
  ...{ authorizationSeconds: null, acceptedAtMs: 1_700_000_000_000, version: 1, capturedMinor },
  ...{ feeMinor: merchantFeeOf(capturedMinor, houseFees), refundedMinor: 0n, refundingMinor: 0n },
  ...{ disputedMinor: 0n, ...rest },
});

const refundOf = (index: number, askedMinor: bigint): Refund => ({
  ...{ id: idOf(index), paymentId: idOf(0), payerWalletId: 'payer', payeeWalletId: 'shop' },
  ...{ payerId: 'a', payeeId: 'b', actorId: 'b', amountMinor: 0n, askedMinor, currency: 'USD' },
  ...{ feeReturnedMinor: 0n, remainingMinor: null, status: 'pending', version: 1 },
  ...{ reason: 'broken', failureCode: null, toSuspense: false, acceptedAtMs: 1_700_000_000_001 },
});

const bookOf = (availableMinor: bigint, pendingMinor: bigint, feesMinor: bigint) =>
  createBook({
    accounts: [
      account(1, 0n),
      account(3, pendingMinor, { kind: 'merchant_pending' }),
      account(4, availableMinor, { kind: 'merchant_available' }),
      account(8, 0n, { kind: 'suspense', limitMinor: null }),
      account(9, feesMinor, { kind: 'fees' }),
    ],
  });

const contextOf = (
  payment: LockedPayment,
  book: RefundContext['book'],
  rest: Partial<RefundContext> = {},
): RefundContext => ({
  ...{ payment, payer, payee, feePolicy: 'kept', isDisputed: false, book },
  ...rest,
});

test('an open chargeback, nothing captured, nothing left: each by its name', () => {
  const book = bookOf(1_000n, 0n, 0n);
  const decide = (payment: LockedPayment, rest: Partial<RefundContext> = {}) =>
    decideRefund(refundOf(1, 0n), contextOf(payment, book, rest)).refund.failureCode;
  expect(decide(paymentOf(100n), { isDisputed: true })).toBe('payment_disputed');
  expect(decide(paymentOf(100n, { capturedMinor: 0n }))).toBe('invalid_state');
  expect(decide(paymentOf(100n, { disputedMinor: 100n }))).toBe('refund_exceeds_remaining');
  expect(book.changed.size).toBe(0);
});

test('every outcome is a row of the state table', () => {
  const rowOf = (from: string, { refund, event }: RefundOutcome) =>
    refundStates.rows.filter(
      (row) => row.from === from && row.to === refund.status && row.event === event,
    );
  const short = decideRefund(refundOf(1, 60n), contextOf(paymentOf(100n), bookOf(0n, 50n, 0n)));
  const outcomes = [
    decideRefund(refundOf(1, 60n), contextOf(paymentOf(100n), bookOf(0n, 99n, 0n))),
    decideRefund(refundOf(1, 160n), contextOf(paymentOf(100n), bookOf(0n, 99n, 0n))),
    short,
  ];
  for (const outcome of outcomes) expect(rowOf('received', outcome)).toHaveLength(1);
  const { refund, payment } = short;
  const later = [
    retryRefund(refund, contextOf(payment, bookOf(60n, 0n, 0n))),
    endRefund(refund, payment, 'canceled'),
    endRefund(refund, payment, 'failed'),
  ];
  expect(retryRefund(refund, contextOf(payment, bookOf(59n, 0n, 0n)))).toBeNull();
  for (const outcome of later) {
    if (outcome === null) throw new Error('the money was there');
    expect(rowOf('pending', outcome)).toHaveLength(1);
    expect(outcome.refund.version).toBe(2);
    expect(outcome.payment.refundingMinor).toBe(0n);
  }
});

test(`many refunds: never more than was captured, fees to the unit (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 50_000n }),
      fc.array(fc.bigInt({ min: 0n, max: 30_000n }), { minLength: 1, maxLength: 15 }),
      fc.bigInt({ min: 0n, max: 50_000n }),
      fc.constantFrom('kept' as const, 'proportional' as const),
      (capturedMinor, asked, freeMinor, feePolicy) => {
        let payment = paymentOf(capturedMinor);
        const { feeMinor } = payment;
        const book = bookOf(freeMinor, capturedMinor - feeMinor, feeMinor);
        const total = freeMinor + capturedMinor;
        let returnedMinor = 0n;
        for (const [index, minor] of asked.entries()) {
          const context = contextOf(payment, book, { feePolicy });
          const outcome = decideRefund(refundOf(index + 1, minor), context);
          payment = outcome.payment;
          if (outcome.refund.status === 'succeeded')
            returnedMinor += outcome.refund.feeReturnedMinor;
          expect(refundableOf(payment) >= 0n).toBe(true);
        }
        const sum = [1n, 3n, 4n, 8n, 9n].reduce(
          (s, id) => s + (book.account(id)?.balanceMinor ?? 0n),
          0n,
        );
        expect(sum).toBe(total);
        expect(book.account(1n)?.balanceMinor).toBe(payment.refundedMinor);
        expect(book.account(9n)?.balanceMinor).toBe(feeMinor - returnedMinor);
        if (feePolicy === 'kept') expect(returnedMinor).toBe(0n);
        else if (payment.refundedMinor === capturedMinor) expect(returnedMinor).toBe(feeMinor);
      },
    ),
    { seed, numRuns: 300 },
  );
});
