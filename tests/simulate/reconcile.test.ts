import { describe, expect, it } from '@jest/globals';
import { feeOf, reconcile, type Audited, type DifferenceKind } from './reconcile.ts';
import { createTold, type Told } from './told.ts';

const ann = 'wallet-ann';
const bob = 'wallet-bob';
const shop = 'wallet-shop';

function payment(id: string, status: string, payeeWalletId: string, amountMinor: bigint) {
  return {
    id,
    status,
    payerWalletId: ann,
    payeeWalletId,
    amountMinor,
    currency: 'USD',
    toMerchant: payeeWalletId === shop,
    failureCode: null,
    feeMinor: status === 'captured' && payeeWalletId === shop ? feeOf(amountMinor) : 0n,
    acceptedAtMs: 1,
    finalAtMs: 2,
  };
}

/** A small day whose books agree: each test below tampers with one thing. */
function aDay(): { told: Told; audited: Audited } {
  const told = createTold();
  for (const id of [ann, bob, shop]) {
    told.wallets.set(id, { id, kind: id === shop ? 'merchant' : 'customer', currency: 'USD' });
  }
  told.topUps.set('top', { id: 'top', walletId: ann, amountMinor: 10_000n, status: 'succeeded' });
  for (const one of [
    payment('to-bob', 'captured', bob, 1_000n),
    payment('to-shop', 'captured', shop, 2_000n), // fee 10 + 20
    payment('held', 'in_review', bob, 500n),
    payment('refused', 'failed', bob, 90_000n),
  ]) {
    told.payments.set(one.id, one);
  }
  const audited: Audited = {
    payments: [...told.payments.values()].map((one) => ({
      id: one.id,
      state: one.status,
      amountMinor: one.amountMinor,
      capturedMinor: one.status === 'captured' ? one.amountMinor : 0n,
      currency: 'USD',
      payerWalletId: one.payerWalletId,
      payeeWalletId: one.payeeWalletId,
    })),
    intentIds: new Set(['top', 'to-bob', 'to-shop', 'held', 'refused']),
    transfersByIntent: new Map([
      ['top', 1],
      ['to-bob', 1],
      ['to-shop', 1],
    ]),
    wallets: [
      { walletId: ann, balanceMinor: 7_000n, heldMinor: 500n },
      { walletId: bob, balanceMinor: 1_000n, heldMinor: 0n },
      { walletId: shop, balanceMinor: 1_970n, heldMinor: 0n },
    ],
    sums: [{ currency: 'USD', sumMinor: 0n }],
  };
  return { told, audited };
}

function first<T>(list: readonly T[], matches: (item: T) => boolean): T {
  const found = list.find(matches);
  if (found === undefined) throw new Error('the day has no such row');
  return found;
}

const auditedPayment = (day: ReturnType<typeof aDay>, id: string) =>
  first(day.audited.payments, (row) => row.id === id);
const auditedWallet = (day: ReturnType<typeof aDay>, id: string) =>
  first(day.audited.wallets, (row) => row.walletId === id);

type Tampering = [
  what: string,
  kind: DifferenceKind,
  tamper: (day: ReturnType<typeof aDay>) => void,
];

const tamperings: Tampering[] = [
  ['a payment is missing', 'payment_missing', ({ audited }) => audited.payments.splice(0, 1)],
  [
    'a payment was made twice under one id',
    'payment_twice',
    (day) => day.audited.payments.push({ ...auditedPayment(day, 'to-bob') }),
  ],
  [
    'a payment has another amount',
    'payment_differs',
    (day) => (auditedPayment(day, 'to-bob').amountMinor += 1n),
  ],
  [
    'a payment captured less than all',
    'payment_differs',
    (day) => (auditedPayment(day, 'to-bob').capturedMinor -= 1n),
  ],
  [
    'a payment has another state than told',
    'payment_differs',
    (day) => (auditedPayment(day, 'refused').state = 'captured'),
  ],
  [
    'a payment went to somebody else',
    'payment_differs',
    (day) => (auditedPayment(day, 'to-bob').payeeWalletId = shop),
  ],
  [
    'a payment has another currency',
    'payment_differs',
    (day) => (auditedPayment(day, 'to-bob').currency = 'EUR'),
  ],
  [
    'an accepted payment never came to rest',
    'not_final',
    ({ told }) =>
      (first([...told.payments.values()], ({ id }) => id === 'held').status = 'received'),
  ],
  [
    'a payment nobody asked for',
    'payment_unexpected',
    (day) => day.audited.payments.push({ ...auditedPayment(day, 'to-bob'), id: 'extra' }),
  ],
  [
    'a payment was posted twice',
    'transfers_differ',
    ({ audited }) => audited.transfersByIntent.set('to-bob', 2),
  ],
  [
    'a captured payment was never posted',
    'transfers_differ',
    ({ audited }) => audited.transfersByIntent.delete('to-bob'),
  ],
  [
    'a failed payment was posted',
    'transfers_differ',
    ({ audited }) => audited.transfersByIntent.set('refused', 1),
  ],
  [
    'a payment without its intent',
    'transfers_differ',
    ({ audited }) => audited.intentIds.delete('to-bob'),
  ],
  [
    'another fee than the contract has',
    'fee_differs',
    ({ told }) => (first([...told.payments.values()], ({ id }) => id === 'to-shop').feeMinor = 29n),
  ],
  [
    'a balance is one minor unit off',
    'balance_differs',
    (day) => (auditedWallet(day, shop).balanceMinor += 1n),
  ],
  [
    'a hold is one minor unit off',
    'held_differs',
    (day) => (auditedWallet(day, ann).heldMinor -= 1n),
  ],
  ['a wallet is gone', 'wallet_missing', ({ audited }) => audited.wallets.splice(0, 1)],
  [
    'a top-up that succeeded was never posted',
    'top_up_missing',
    ({ audited }) => audited.transfersByIntent.delete('top'),
  ],
  [
    'a top-up was posted twice',
    'top_up_missing',
    ({ audited }) => audited.transfersByIntent.set('top', 2),
  ],
  [
    'the ledger does not sum to zero',
    'ledger_unbalanced',
    ({ audited }) => (first(audited.sums, () => true).sumMinor = 1n),
  ],
];

describe('reconcile', () => {
  it('finds nothing in books that agree', () => {
    const { told, audited } = aDay();
    expect(reconcile(told, audited)).toEqual([]);
  });

  it.each(tamperings)('finds that %s', (_, kind, tamper) => {
    const day = aDay();
    tamper(day);
    expect(reconcile(day.told, day.audited).map((difference) => difference.kind)).toContain(kind);
  });

  it('lets a request without an answer explain one payment of its terms, and only one', () => {
    const day = aDay();
    const row = { ...auditedPayment(day, 'to-bob'), id: 'unanswered' };
    const { payerWalletId, payeeWalletId, amountMinor, currency } = row;
    const terms = { payerWalletId, payeeWalletId, amountMinor, currency, toMerchant: false };
    day.told.unknown.push({ ...terms, key: 'k' });
    expect(reconcile(day.told, day.audited)).toEqual([]);
    day.audited.payments.push(row);
    auditedWallet(day, ann).balanceMinor -= 1_000n;
    auditedWallet(day, bob).balanceMinor += 1_000n;
    expect(reconcile(day.told, day.audited)).toEqual([]);
    day.audited.payments.push({ ...row, id: 'one too many' });
    expect(reconcile(day.told, day.audited).map(({ id }) => id)).toEqual(['one too many']);
  });

  it('lets a top-up without an answer be there or not, but not by half', () => {
    const day = aDay();
    day.told.unknownTopUps.push({ walletId: bob, amountMinor: 700n });
    expect(reconcile(day.told, day.audited)).toEqual([]);
    auditedWallet(day, bob).balanceMinor += 700n;
    expect(reconcile(day.told, day.audited)).toEqual([]);
    auditedWallet(day, bob).balanceMinor -= 350n;
    expect(reconcile(day.told, day.audited)).toHaveLength(1);
  });
});

describe('the fee', () => {
  it.each([
    [1n, 0n],
    [2n, 1n],
    [11n, 10n],
    [100n, 11n],
    [199n, 11n],
    [2_000n, 30n],
  ])('of %d is %d', (amount, fee) => {
    expect(feeOf(amount)).toBe(fee);
  });
});
