import { describe, expect, test } from '@jest/globals';
import type { Book } from '../ledger/book.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { nothingMoved } from './position.ts';
import type { Position } from './position.ts';
import { accountsOfDispute, postMove } from './postings.ts';
import { balanceOf, bookOf, customer, friend, merchant } from './testing/dispute-cases.ts';

/** Position by four amounts: reserved, credited, awarded, fee. */
const at = (reserved: number, credited = 0, awarded = 0, fee = 0): Position => ({
  ...{ reserved: BigInt(reserved), credited: BigInt(credited) },
  ...{ awarded: BigInt(awarded), fee: BigInt(fee) },
});

function move(book: Book, from: Position, to: Position, payee: WalletFacts = merchant): string[] {
  const before = book.transfers.length;
  const parties = { payer: customer, payee };
  const ids = { paymentId: 'payment', intentId: 'intent', idOf: (kind: string) => kind };
  postMove(book, { from, to, parties, ...ids });
  return book.transfers.slice(before).map(({ kind }) => kind);
}

function shown(book: Book, wallet: WalletFacts): Record<string, number> {
  const balances = Object.entries(wallet.accounts)
    .map(([kind, id]) => [kind, Number(balanceOf(book, id))] as const)
    .filter(([, minor]) => minor !== 0);
  return Object.fromEntries(balances);
}

const ours = (book: Book, kind: keyof typeof customer.platform) =>
  Number(balanceOf(book, customer.platform[kind]));

const open = at(100, 0, 0, 15);

describe('a chargeback takes available, then pending, then a debt', () => {
  test.each([
    [
      { available: 200n, pending: 0n },
      { merchant_available: 85, dispute_reserve: 100 },
    ],
    [
      { available: 60n, pending: 200n },
      { merchant_pending: 145, dispute_reserve: 100 },
    ],
    [
      { available: 60n, pending: 50n },
      { receivable: -5, dispute_reserve: 100 },
    ],
    [
      { available: 0n, pending: 0n },
      { receivable: -115, dispute_reserve: 100 },
    ],
  ])('%j', ({ available, pending }, left) => {
    const book = bookOf([customer, merchant], {
      ...{ 'merchant merchant_available': available, 'merchant merchant_pending': pending },
    });
    expect(move(book, nothingMoved, open)).toEqual(['dispute']);
    expect(shown(book, merchant)).toEqual(left);
    expect(ours(book, 'dispute_fees')).toBe(15);
  });

  test('of a frozen merchant too', () => {
    const funds = { 'merchant merchant_available': 200n };
    const book = bookOf([customer, merchant], funds, { merchant: 'frozen' });
    move(book, nothingMoved, open);
    expect(shown(book, merchant)).toEqual({ merchant_available: 85, dispute_reserve: 100 });
    move(book, open, at(0));
    expect(shown(book, merchant)).toEqual({ merchant_available: 200 });
  });

  test('what is held for a payment of the payee is not taken', () => {
    const book = bookOf([customer, friend], { 'friend customer': 200n });
    const account = book.account(friend.accounts.customer ?? 0n);
    if (account !== undefined) account.heldMinor = 150n;
    move(book, nothingMoved, at(100), friend);
    expect(shown(book, friend)).toEqual({ customer: 150, dispute_reserve: 100, receivable: -50 });
  });
});

describe('the end of a chargeback', () => {
  const disputed = (credited = 0, status: 'active' | 'frozen' | 'closed' = 'active'): Book => {
    const funds = { 'merchant merchant_available': 60n };
    const book = bookOf([customer, merchant], funds, { customer: status });
    move(book, nothingMoved, { ...open, credited: BigInt(credited) });
    return book;
  };

  test('won: debt first, the fee comes back', () => {
    const book = disputed();
    expect(shown(book, merchant)).toEqual({ receivable: -55, dispute_reserve: 100 });
    expect(move(book, open, at(0))).toEqual(['dispute_won']);
    expect(shown(book, merchant)).toEqual({ merchant_available: 60 });
    expect(ours(book, 'dispute_fees')).toBe(0);
  });

  test('lost: the payer has it, the fee stays', () => {
    const book = disputed();
    expect(move(book, open, at(0, 0, 100, 15))).toEqual(['dispute_lost']);
    expect(shown(book, merchant)).toEqual({ receivable: -55 });
    expect(shown(book, customer)).toEqual({ customer: 100 });
  });

  test('lost after a provisional credit: the platform has it back', () => {
    const book = disputed(100);
    expect([shown(book, customer), ours(book, 'provisional')]).toEqual([{ customer: 100 }, -100]);
    // Straight back to the platform: the payer's money is not touched again.
    expect(move(book, at(100, 100, 0, 15), at(0, 0, 100, 15))).toEqual(['dispute_lost']);
    expect([shown(book, customer), ours(book, 'provisional')]).toEqual([{ customer: 100 }, 0]);
  });

  test('partial: both rows, and what was credited beyond the award is clawed back', () => {
    const book = disputed(100);
    expect(move(book, at(100, 100, 0, 15), at(0, 0, 30, 15))).toEqual([
      ...['dispute_lost', 'dispute_won', 'provisional_return'],
    ]);
    expect(shown(book, customer)).toEqual({ customer: 30 });
    expect(shown(book, merchant)).toEqual({ merchant_available: 15 });
    expect([ours(book, 'provisional'), ours(book, 'dispute_fees')]).toEqual([0, 15]);
  });

  test('a provisional credit that was spent becomes a debt of the payer', () => {
    const book = disputed(100);
    const account = book.account(customer.accounts.customer ?? 0n);
    if (account !== undefined) account.balanceMinor = 20n;
    move(book, at(100, 100, 0, 15), at(0));
    expect(shown(book, customer)).toEqual({ receivable: -80 });
    expect(ours(book, 'provisional')).toBe(0);
  });

  test('a frozen payer gives the provisional credit back', () => {
    const book = disputed(100, 'frozen');
    move(book, at(100, 100, 0, 15), at(0));
    expect([shown(book, customer), ours(book, 'provisional')]).toEqual([{}, 0]);
  });

  test("a closed payer's award waits in suspense", () => {
    const book = disputed(0, 'closed');
    move(book, open, at(0, 0, 100, 15));
    expect([shown(book, customer), ours(book, 'suspense')]).toEqual([{}, 100]);
  });

  test('what a closed payer cannot give back is a loss', () => {
    const book = disputed(0, 'closed');
    expect(move(book, at(0, 0, 100, 15), at(0))).toEqual(['dispute_reversal', 'dispute_won']);
    expect(ours(book, 'loss')).toBe(-100);
  });
});

describe('an appeal', () => {
  test('of the payee that is won takes back what was awarded, and the fee', () => {
    const book = bookOf([customer, merchant], { 'customer customer': 70n });
    move(book, nothingMoved, open);
    move(book, open, at(0, 0, 100, 15));
    expect(shown(book, customer)).toEqual({ customer: 170 });
    move(book, at(0, 0, 100, 15), at(0, 0, 30, 15));
    expect(shown(book, customer)).toEqual({ customer: 100 });
    move(book, at(0, 0, 30, 15), at(0));
    expect([shown(book, customer), shown(book, merchant)]).toEqual([{ customer: 70 }, {}]);
  });

  test('of the payer sets aside once more, and the fee is due once more when it is lost', () => {
    const book = bookOf([customer, merchant], { 'merchant merchant_available': 200n });
    expect(move(book, at(0), at(100))).toEqual(['dispute']);
    expect(move(book, at(100), at(0, 0, 100, 15))).toEqual(['dispute', 'dispute_lost']);
    expect(shown(book, merchant)).toEqual({ merchant_available: 85 });
    expect(shown(book, customer)).toEqual({ customer: 100 });
  });
});

test('nothing is posted where nothing moves', () => {
  const book = bookOf([customer, merchant]);
  expect(move(book, open, open)).toEqual([]);
});

test('all accounts of both wallets are locked, and those of ours that it may touch', () => {
  const ids = accountsOfDispute({ payer: customer, payee: merchant });
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(3 + 4 + 4);
});
