import { expect, test } from '@jest/globals';
import type { Account } from './book-state.ts';
import { createBook } from './book.ts';
import type { AccountLimits, LimitKind } from './limits.ts';
import { captureOf, chainOf, holdOf, move, voidOf } from './testing/ledger-stage.ts';

const dayEndsAtMs = Date.UTC(2026, 6, 2);
const monthEndsAtMs = Date.UTC(2026, 7, 1);

function account(
  id: bigint,
  limits?: Partial<AccountLimits>,
  rest: Partial<Account> = {},
): Account {
  const plain: Account = {
    ...{ id, kind: 'customer', currency: 'USD', status: 'active', limitMinor: 0n },
    ...{ balanceMinor: 10_000n, heldMinor: 0n, version: 0n, ...rest },
  };
  if (limits === undefined) return plain;
  const none = { perTransactionMinor: null, perDayMinor: null, perMonthMinor: null };
  const use = { day: '2026-07-01', dayEndsAtMs, monthEndsAtMs, dayMinor: 0n, monthMinor: 0n };
  const all = { ...none, maximumBalanceMinor: null, ...use, isUsed: false, ...limits };
  return { ...plain, tier: 'basic', limits: all };
}

const ok = { ok: true, repeated: false };
function exceeded(
  kind: LimitKind,
  limitMinor: bigint,
  usedMinor: bigint,
  resetsAtMs: number | null = null,
) {
  const limit = { kind, limitMinor, usedMinor, resetsAtMs };
  return { ok: false, repeated: false, reason: 'limit_exceeded', limit };
}

test.each([
  ['as much as allowed at once', { perTransactionMinor: 50n }, 50n, ok],
  ['more at once', { perTransactionMinor: 50n }, 51n, exceeded('per_transaction', 50n, 0n)],
  ['the rest of the day', { perDayMinor: 100n, dayMinor: 40n }, 60n, ok],
  [
    ...(['more in a day', { perDayMinor: 100n, dayMinor: 40n }, 61n] as const),
    exceeded('per_day', 100n, 40n, dayEndsAtMs),
  ],
  ['the rest of the month', { perMonthMinor: 100n, monthMinor: 40n }, 60n, ok],
  [
    ...(['more in a month', { perMonthMinor: 100n, monthMinor: 40n }, 61n] as const),
    exceeded('per_month', 100n, 40n, monthEndsAtMs),
  ],
] as const)('%s', (_what, limits, amountMinor, answer) => {
  const pays = () => createBook({ accounts: [account(1n, limits), account(2n)] });
  expect(pays().post(move(1n, 2n, amountMinor))).toEqual(answer);
  expect(pays().post(holdOf(1n, amountMinor))).toEqual(answer);
  expect(pays().post(move(1n, 2n, 10_001n))).toMatchObject({ reason: 'insufficient_funds' });
});

test('payments may fill a wallet up to its maximum; what comes back always has its place', () => {
  const full = account(2n, { maximumBalanceMinor: 10_100n });
  const shop = account(3n, undefined, { kind: 'merchant_available' });
  const book = createBook({ accounts: [account(1n), full, shop] });
  expect(book.post(move(1n, 2n, 101n))).toEqual(exceeded('maximum_balance', 10_100n, 10_000n));
  expect(book.post(move(1n, 2n, 100n))).toEqual(ok);
  expect(book.post(move(3n, 2n, 500n, 'refund'))).toEqual(ok);
  const hold = holdOf(1n, 5n);
  expect(book.post(hold)).toEqual(ok);
  expect(book.post(captureOf(hold.id, 2n, 5n))).toMatchObject({ reason: 'limit_exceeded' });
});

test('a day counts what was paid and what is held; a capture is always allowed', () => {
  const payer = account(1n, { perDayMinor: 100n });
  const book = createBook({ accounts: [payer, account(2n)] });
  const [kept, released] = [holdOf(1n, 60n), holdOf(1n, 30n)];
  expect([kept, released].map((hold) => book.post(hold))).toEqual([ok, ok]);
  expect(book.post(move(1n, 2n, 20n))).toEqual(exceeded('per_day', 100n, 90n, dayEndsAtMs));
  expect(book.post(voidOf(released.id))).toEqual(ok);
  expect(book.post(captureOf(kept.id, 2n, 50n))).toEqual(ok);
  expect(payer.limits).toMatchObject({ dayMinor: 50n, monthMinor: 50n, isUsed: true });
  expect(book.post(move(1n, 2n, 51n))).toEqual(exceeded('per_day', 100n, 50n, dayEndsAtMs));
  expect(book.post(move(1n, 2n, 50n))).toEqual(ok);
});

test('a refused chain uses nothing', () => {
  const payer = account(1n, { perDayMinor: 100n });
  const book = createBook({ accounts: [payer, account(2n)] });
  const answer = { ...exceeded('per_day', 100n, 80n, dayEndsAtMs), item: 1 };
  expect(book.post(chainOf(move(1n, 2n, 80n), move(1n, 2n, 30n)))).toEqual(answer);
  expect(payer.limits).toMatchObject({ dayMinor: 0n, isUsed: false });
  expect(book.post(move(1n, 2n, 100n))).toEqual(ok);
});

test('fees, refunds and disputes are not counted, and need no limits', () => {
  const shop = account(1n, { perDayMinor: 1n }, { kind: 'merchant_available' });
  delete shop.limits;
  const fees = account(3n, undefined, { kind: 'fees' });
  const book = createBook({ accounts: [shop, account(2n), fees] });
  expect(book.post(move(1n, 2n, 50n, 'refund'))).toEqual(ok);
  expect(book.post(move(1n, 3n, 50n, 'fee'))).toEqual(ok);
  expect(() => book.post(move(1n, 2n, 50n))).toThrow('limits are not known');
});
