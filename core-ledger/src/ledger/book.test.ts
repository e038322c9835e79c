import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Account } from './book-state.ts';
import { createBook } from './book.ts';
import { maximumAmountMinor } from './items.ts';
import type { FixedLeg, HoldItem, LedgerItem, Refusal, TransferItem } from './items.ts';

const account = (id: number, balance: bigint, rest: Partial<Account> = {}): Account => ({
  ...{ id: BigInt(id), kind: 'customer', currency: 'USD', status: 'active', limitMinor: 0n },
  ...{ balanceMinor: balance, heldMinor: 0n, version: 0n },
  ...rest,
});

const leg = (id: number, amountMinor: bigint, currency = 'USD'): FixedLeg => ({
  accountId: BigInt(id),
  amountMinor,
  currency,
});

let made = 0;
const transfer = (...legs: FixedLeg[]): TransferItem => ({
  ...{ type: 'transfer', id: `t${(made += 1)}`, kind: 'payment' },
  ...{ paymentId: null, intentId: 'i', legs },
});
const move = (from: number, to: number, amount: bigint): TransferItem =>
  transfer(leg(from, -amount), leg(to, amount));
const hold = (id: number, amountMinor: bigint, currency = 'USD'): HoldItem => ({
  ...{ type: 'hold', id: `h${(made += 1)}`, accountId: BigInt(id), amountMinor, currency },
  ...{ paymentId: null, reason: 'review', expiresInSeconds: 60 },
});

describe('what is refused, by name', () => {
  const accounts = () => [
    account(1, 100n),
    account(2, 0n),
    account(3, 100n, { status: 'frozen' }),
    account(4, 0n, { status: 'closed' }),
    account(5, 100n, { currency: 'EUR' }),
    account(6, 0n, { limitMinor: 50n }),
    account(7, 0n, { limitMinor: null }),
    account(8, 100n, { heldMinor: 70n }),
    account(9, (1n << 62n) - 1n),
    account(11, 0n, { currency: 'EUR' }),
    account(12, -20n),
    account(13, 1n - (1n << 62n), { limitMinor: null }),
  ];
  const cases: [string, LedgerItem, Refusal | null][] = [
    ['all there is', move(1, 2, 100n), null],
    ['one more than there is', move(1, 2, 101n), 'insufficient_funds'],
    ['what is held', move(8, 2, 31n), 'insufficient_funds'],
    ['what is not held', move(8, 2, 30n), null],
    ['down to the limit', move(6, 2, 50n), null],
    ['below the limit', move(6, 2, 51n), 'insufficient_funds'],
    ['anything from an unbounded account', move(7, 2, maximumAmountMinor), null],
    ['above the bound', move(7, 2, maximumAmountMinor + 1n), 'invalid_amount'],
    ['a leg of zero', transfer(leg(1, 0n), leg(2, 0n)), 'invalid_amount'],
    ['no legs', transfer(), 'unbalanced'],
    ['one leg', transfer(leg(1, -5n)), 'unbalanced'],
    ['legs that do not sum to zero', transfer(leg(1, -5n), leg(2, 4n)), 'unbalanced'],
    [
      'legs that sum to zero across currencies only',
      transfer(leg(1, -5n), leg(5, 5n, 'EUR')),
      'unbalanced',
    ],
    [
      'the second currency alone out of balance',
      transfer(leg(1, -5n), leg(2, 5n), leg(5, -5n, 'EUR'), leg(11, 4n, 'EUR')),
      'unbalanced',
    ],
    [
      'both currencies in balance',
      transfer(leg(1, -5n), leg(2, 5n), leg(5, -5n, 'EUR'), leg(11, 5n, 'EUR')),
      null,
    ],
    ['to one that is below its limit', move(1, 12, 5n), null],
    ['from one that is below its limit', move(12, 1, 5n), 'insufficient_funds'],
    ['as much as a balance can hold', move(7, 9, 1n), null],
    ['as far down as a balance can go', move(13, 2, 1n), null],
    ['further down than a balance can go', move(13, 2, 2n), 'limit_exceeded'],
    [
      'each currency in balance, one account unknown',
      transfer(leg(1, -5n), leg(2, 5n), leg(5, -1n, 'EUR'), leg(10, 1n, 'EUR')),
      'unknown_account',
    ],
    ['an account that is not there', move(1, 99, 5n), 'unknown_account'],
    ['the same account twice', move(1, 1, 5n), 'same_account'],
    ['another currency', move(1, 5, 5n), 'currency_mismatch'],
    ['from a frozen account', move(3, 2, 5n), 'account_frozen'],
    ['to a frozen account', move(1, 3, 5n), null],
    ['to a closed account', move(1, 4, 5n), 'account_closed'],
    ['more than a balance can hold', move(7, 9, 2n), 'limit_exceeded'],
    ['a hold of all there is', hold(1, 100n), null],
    ['a hold of more', hold(1, 101n), 'insufficient_funds'],
    ['a hold of nothing', hold(1, 0n), 'invalid_amount'],
    ['a negative hold', hold(1, -1n), 'invalid_amount'],
    ['a hold in another currency', hold(1, 1n, 'EUR'), 'currency_mismatch'],
    ['a hold on a frozen account', hold(3, 1n), 'account_frozen'],
    ['a hold on a closed account', hold(4, 1n), 'account_closed'],
    ['a hold on no account', hold(99, 1n), 'unknown_account'],
  ];
  test.each(cases)('%s', (_what, item, reason) => {
    const book = createBook({ accounts: accounts() });
    expect(book.post(item)).toEqual(
      reason === null ? { ok: true, repeated: false } : { ok: false, repeated: false, reason },
    );
    if (reason === null) return;
    // A refusal leaves nothing behind.
    expect([book.changed.size, book.entries, book.newHolds, book.transfers]).toEqual([
      0,
      [],
      [],
      [],
    ]);
    expect(accounts().every((a) => same(a, book.account(a.id)))).toBe(true);
  });
});

const same = (a: Account, b: Account | undefined): boolean =>
  b !== undefined &&
  a.balanceMinor === b.balanceMinor &&
  a.heldMinor === b.heldMinor &&
  a.version === b.version;

test('three legs: payer, payee and fee; entries carry the balance after and the version', () => {
  const book = createBook({
    accounts: [account(1, 100n), account(2, 7n, { version: 4n }), account(3, 0n)],
  });
  book.post(transfer(leg(1, -50n), leg(2, 48n), leg(3, 2n)));
  expect(
    book.entries.map((e) => [e.accountId, e.version, e.amountMinor, e.balanceAfterMinor]),
  ).toEqual([
    [1n, 1n, -50n, 50n],
    [2n, 5n, 48n, 55n],
    [3n, 1n, 2n, 2n],
  ]);
});

const arbitraryAccounts = fc.array(
  fc.record({
    balance: fc.bigInt(0n, 1_000n),
    limit: fc.option(fc.bigInt(0n, 100n)),
    status: fc.constantFrom('active' as const, 'active' as const, 'frozen' as const),
  }),
  { minLength: 2, maxLength: 6 },
);
const arbitraryItems = fc.array(
  fc.record({
    hold: fc.boolean(),
    from: fc.nat(6),
    to: fc.nat(6),
    amount: fc.bigInt(-5n, 600n),
    skew: fc.constantFrom(0n, 0n, 0n, 1n),
  }),
  { maxLength: 200 },
);

test('whatever is posted: money is conserved, limits hold, refusals change nothing', () => {
  fc.assert(
    fc.property(arbitraryAccounts, arbitraryItems, (shapes, items) => {
      const book = createBook({
        accounts: shapes.map(({ balance, limit, status }, id) =>
          account(id, balance, { limitMinor: limit, status }),
        ),
      });
      const all = () => shapes.map((_, id) => book.account(BigInt(id)) ?? account(id, 0n));
      const sum = () => all().reduce((total, { balanceMinor }) => total + balanceMinor, 0n);
      const before = sum();
      for (const { hold: isHold, from, to, amount, skew } of items) {
        const item = isHold
          ? hold(from, amount)
          : transfer(leg(from, -amount), leg(to, amount + skew));
        const was = all().map((a) => ({ ...a }));
        const result = book.post(item);
        if (!result.ok) expect(was.every((a, id) => same(a, all()[id]))).toBe(true);
        for (const { balanceMinor, heldMinor, limitMinor } of all()) {
          if (limitMinor !== null) expect(balanceMinor - heldMinor >= -limitMinor).toBe(true);
        }
      }
      expect(sum()).toBe(before);
      const perTransfer = Map.groupBy(book.entries, (entry) => entry.transferId);
      for (const entries of perTransfer.values()) {
        expect(entries.reduce((total, entry) => total + entry.amountMinor, 0n)).toBe(0n);
      }
    }),
    { numRuns: 200 },
  );
});

test('one batch nets to what the same items give one book at a time', () => {
  fc.assert(
    fc.property(arbitraryAccounts, arbitraryItems, (shapes, items) => {
      const open = (from: Account[]) => createBook({ accounts: from.map((a) => ({ ...a })) });
      const start = shapes.map(({ balance, limit, status }, id) =>
        account(id, balance, { limitMinor: limit, status }),
      );
      const posted = items.map(({ hold: isHold, from, to, amount }) =>
        isHold ? hold(from, amount) : move(from, to, amount),
      );
      const together = open(start);
      const results = posted.map((item) => together.post(item));
      let current = start;
      const entries = [];
      for (const [index, item] of posted.entries()) {
        const alone = open(current);
        expect(alone.post(item)).toEqual(results[index]);
        entries.push(...alone.entries);
        current = current.map((a) => alone.account(a.id) ?? a);
      }
      expect(current.every((a) => same(a, together.account(a.id)))).toBe(true);
      expect(together.entries).toEqual(entries);
    }),
    { numRuns: 200 },
  );
});
