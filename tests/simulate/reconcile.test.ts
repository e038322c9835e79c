import { describe, expect, it } from '@jest/globals';
import type { DifferenceKind } from './difference.ts';
import { feeOf, reconcile, type Audited } from './reconcile.ts';
import { createTold, type Told, type ToldAct } from './told.ts';

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
    capture: 'automatic' as 'automatic' | 'manual',
    capturedMinor: status === 'captured' ? amountMinor : 0n,
    refundedMinor: 0n,
    currency: 'USD',
    toMerchant: payeeWalletId === shop,
    failureCode: null,
    feeMinor: status === 'captured' && payeeWalletId === shop ? feeOf(amountMinor) : 0n,
    acceptedAtMs: 1,
    finalAtMs: 2,
  };
}

/** Captured by hand, and given back in part. */
const partly = { capture: 'manual' as const, capturedMinor: 700n, refundedMinor: 300n };

function act(id: string, kind: ToldAct['kind'], amountMinor: bigint): ToldAct {
  const outcome = { status: 'succeeded', isShort: false };
  const by = { email: 'bob@wallet.test', password: '-' };
  return { id, kind, paymentId: 'part-paid', by, amountMinor, ...outcome };
}

const claim = {
  ...{ id: 'claim', paymentId: 'to-bob', state: 'lost', payerWalletId: ann, payeeWalletId: bob },
  ...{ creditedMinor: 0n, awardedMinor: 200n, feeMinor: 50n },
};

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
    { ...payment('part-paid', 'captured', bob, 800n), ...partly },
    payment('held', 'in_review', bob, 500n),
    payment('refused', 'failed', bob, 90_000n),
  ]) {
    told.payments.set(one.id, one);
  }
  told.withdrawals.set('out', { id: 'out', walletId: ann, amountMinor: 100n, status: 'paid' });
  const by = { email: 'ann@wallet.test', password: '-' };
  told.disputes.set('claim', { id: 'claim', paymentId: 'to-bob', by, status: 'lost' });
  told.tickets.set('ticket', { id: 'ticket', by, status: 'new' });
  for (const one of [act('part', 'capture', 700n), act('back', 'refund', 300n)]) {
    told.acts.set(one.id, one);
  }
  const batch = {
    ...{ id: 'batch', walletId: shop, status: 'settled', netMinor: 900n, confirmedMinor: 900n },
    returnedMinor: 0n,
  };
  told.settlements.set('batch', { ...batch, by, reportMinor: 900n });
  const audited: Audited = {
    settlements: [batch],
    paidOut: new Map([[shop, 900n]]),
    bank: { reportedMinor: 900n, movedMinor: 900n },
    payments: [...told.payments.values()].map((one) => ({
      id: one.id,
      state: one.status,
      amountMinor: one.amountMinor,
      capturedMinor: one.capturedMinor,
      refundedMinor: one.refundedMinor,
      currency: 'USD',
      payerWalletId: one.payerWalletId,
      payeeWalletId: one.payeeWalletId,
    })),
    disputes: [{ ...claim }],
    refunds: new Map([['back', { state: 'succeeded', amountMinor: 300n }]]),
    intentIds: new Set([
      'ticket',
      'batch',
      'claim',
      'out',
      'back',
      'part',
      'top',
      'to-bob',
      'to-shop',
      'part-paid',
      'held',
      'refused',
    ]),
    transfersByIntent: new Map([
      ['top', 1],
      ['out', 1],
      ['part', 1],
      ['back', 1],
      ['to-bob', 1],
      ['to-shop', 1],
    ]),
    wallets: [
      // With 200 of a dispute that bob lost, and 100 that went to a bank.
      { walletId: ann, balanceMinor: 6_700n, heldMinor: 500n },
      { walletId: bob, balanceMinor: 1_150n, heldMinor: 0n },
      // Without what was paid out.
      { walletId: shop, balanceMinor: 1_070n, heldMinor: 0n },
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

/** The batch as the audit has it, changed. */
const alter =
  (change: Partial<Audited['settlements'][number]>) =>
  ({ audited }: ReturnType<typeof aDay>) =>
    (audited.settlements = audited.settlements.map((row) => ({ ...row, ...change })));

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
    'a capture was posted twice',
    'act_differs',
    ({ audited }) => audited.transfersByIntent.set('part', 2),
  ],
  [
    'a refund that succeeded is none',
    'act_differs',
    ({ audited }) => audited.refunds.set('back', { state: 'failed', amountMinor: 300n }),
  ],
  [
    'a withdrawal left twice',
    'act_differs',
    ({ audited }) => audited.transfersByIntent.set('out', 2),
  ],
  [
    'a dispute has another state than told',
    'act_differs',
    (day) => (first(day.audited.disputes, () => true).state = 'won'),
  ],
  [
    'a ticket was never opened',
    'not_final',
    ({ told }) => (first([...told.tickets.values()], () => true).status = 'pending'),
  ],
  ['a ticket is lost', 'act_differs', ({ audited }) => audited.intentIds.delete('ticket')],
  [
    'a dispute nobody asked for',
    'act_differs',
    ({ audited }) =>
      audited.disputes.push({ ...claim, id: 'extra', awardedMinor: 0n, feeMinor: 0n }),
  ],
  [
    'a dispute moved other money than its row says',
    'balance_differs',
    (day) => (first(day.audited.disputes, () => true).feeMinor = 0n),
  ],
  [
    'an act without an outcome',
    'not_final',
    ({ told }) => (first([...told.acts.values()], ({ id }) => id === 'part').status = 'pending'),
  ],
  [
    'more was captured than was asked for',
    'acts_do_not_sum',
    (day) => (auditedPayment(day, 'part-paid').capturedMinor += 1n),
  ],
  [
    'more was refunded than was asked for',
    'acts_do_not_sum',
    (day) => (auditedPayment(day, 'part-paid').refundedMinor += 1n),
  ],
  ['a batch is in another state', 'settlement_differs', alter({ status: 'submitted' })],
  ['a batch pays another net', 'settlement_differs', alter({ netMinor: 901n })],
  ['less of a batch was confirmed', 'settlement_differs', alter({ confirmedMinor: 899n })],
  ['a batch nobody asked for was paid', 'settlement_differs', alter({ id: 'extra' })],
  [
    'a report does not add up',
    'settlement_differs',
    ({ told }) =>
      told.settlements.set('batch', {
        ...first([...told.settlements.values()], () => true),
        reportMinor: 901n,
      }),
  ],
  [
    'a merchant was paid twice',
    'settlement_differs',
    ({ audited }) => audited.paidOut.set(shop, 1_800n),
  ],
  [
    'the bank has one minor unit less',
    'settlement_differs',
    ({ audited }) => (audited.bank.movedMinor -= 1n),
  ],
  [
    'what was paid out is still there',
    'balance_differs',
    (day) => (auditedWallet(day, shop).balanceMinor += 900n),
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

  it('lets a refund that waits for money go through, and an act without an answer be done', () => {
    const day = aDay();
    const short = { ...act('later', 'refund', 100n), status: 'pending', isShort: true };
    day.told.acts.set(short.id, short);
    day.audited.intentIds.add('later');
    day.audited.refunds.set('later', { state: 'pending', amountMinor: 100n });
    expect(reconcile(day.told, day.audited)).toEqual([]);
    day.audited.refunds.set('later', { state: 'succeeded', amountMinor: 100n });
    day.audited.transfersByIntent.set('later', 1);
    auditedPayment(day, 'part-paid').refundedMinor += 100n;
    auditedWallet(day, ann).balanceMinor += 100n;
    auditedWallet(day, bob).balanceMinor -= 100n;
    day.told.unsure.add('part-paid');
    expect(reconcile(day.told, day.audited)).toEqual([]);
  });

  it('lets a top-up without an answer be there or not, but not by half', () => {
    const day = aDay();
    day.told.unknownMoves.push({ walletId: bob, amountMinor: 700n });
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
