import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { feeGrowthOf, merchantFeeOf } from './fees.ts';
import type { FeeSchedule } from './fees.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());
const schedule = fc.record<FeeSchedule>({
  fixedMinor: fc.bigInt({ min: 0n, max: 1_000_000n }),
  basisPoints: fc.bigInt({ min: 0n, max: 10_000n }),
});
const amount = fc.bigInt({ min: 1n, max: 1_000_000_000n });

test('by hand', () => {
  const free = { fixedMinor: 0n, basisPoints: 0n };
  const dear = { fixedMinor: 25n, basisPoints: 290n };
  expect([1n, 1_000n].map((minor) => merchantFeeOf(minor, free))).toEqual([0n, 0n]);
  expect([1n, 25n, 26n, 1_000n].map((minor) => merchantFeeOf(minor, dear))).toEqual([
    ...[0n, 24n, 25n, 54n],
  ]);
});

test(`no schedule takes all of a payment, or gives something back (seed ${seed})`, () => {
  const within = fc.property(schedule, amount, (some, minor) => {
    const fee = merchantFeeOf(minor, some);
    expect(fee >= 0n && fee < minor).toBe(true);
  });
  fc.assert(within, { seed, numRuns: 500 });
});

test(`captures under schedules that change: each pays at most itself (seed ${seed})`, () => {
  const captures = fc.array(fc.tuple(amount, schedule), { minLength: 1, maxLength: 10 });
  const kept = fc.property(captures, (parts) => {
    let payment = { capturedMinor: 0n, feeMinor: 0n };
    for (const [minor, some] of parts) {
      const growth = feeGrowthOf(payment, minor, some);
      expect(growth >= 0n && growth <= minor).toBe(true);
      const { capturedMinor, feeMinor } = payment;
      payment = { capturedMinor: capturedMinor + minor, feeMinor: feeMinor + growth };
    }
  });
  fc.assert(kept, { seed, numRuns: 500 });
});

test(`captures under one schedule sum to the fee of the whole (seed ${seed})`, () => {
  const parts = fc.array(amount, { minLength: 1, maxLength: 10 });
  const summed = fc.property(schedule, parts, (some, amounts) => {
    let payment = { capturedMinor: 0n, feeMinor: 0n };
    for (const minor of amounts) {
      const feeMinor = payment.feeMinor + feeGrowthOf(payment, minor, some);
      payment = { capturedMinor: payment.capturedMinor + minor, feeMinor };
    }
    expect(payment.feeMinor).toBe(merchantFeeOf(payment.capturedMinor, some));
  });
  fc.assert(summed, { seed, numRuns: 500 });
});
