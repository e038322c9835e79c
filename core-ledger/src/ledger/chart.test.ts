import { expect, test } from '@jest/globals';
import { accountKinds, accountsOfWallet, platformKinds, sidesOf } from './chart.ts';
import { transferKinds } from './chart.ts';
import type { AccountKind, TransferKind } from './chart.ts';

/** The postings of the domain: debits, then credits. */
const postings: [what: string, TransferKind, AccountKind[], AccountKind[]][] = [
  ['wallet to wallet', 'payment', ['customer'], ['customer']],
  ['to a merchant', 'payment', ['customer'], ['merchant_pending', 'fees']],
  ['of a merchant', 'payment', ['merchant_available'], ['customer']],
  ['top-up', 'top_up', ['external'], ['customer']],
  ['top-up that repays a debt', 'top_up', ['external'], ['receivable', 'customer']],
  ['withdrawal', 'withdrawal', ['customer'], ['in_transit', 'fees']],
  ['withdrawal confirmed', 'withdrawal_confirmation', ['in_transit'], ['external']],
  ['withdrawal returned', 'withdrawal_return', ['in_transit'], ['customer']],
  ['clearing, debt first', 'clearing', ['merchant_pending'], ['receivable', 'merchant_available']],
  ['refund', 'refund', ['merchant_available', 'merchant_pending'], ['customer']],
  ['refund with its fee', 'refund', ['merchant_available', 'fees'], ['customer']],
  ['refund to a closed wallet', 'refund', ['merchant_available'], ['suspense']],
  [
    ...(['chargeback', 'dispute'] as const),
    ['merchant_available', 'merchant_pending', 'receivable'],
    ['dispute_reserve', 'dispute_fees'],
  ],
  ['provisional credit', 'provisional_credit', ['provisional'], ['customer']],
  ['clawed back', 'provisional_return', ['customer', 'receivable'], ['provisional']],
  [
    ...(['won', 'dispute_won'] as const),
    ['dispute_reserve', 'dispute_fees'],
    ['receivable', 'merchant_available'],
  ],
  [
    ...(['won on appeal', 'dispute_reversal'] as const),
    ['customer', 'receivable'],
    ['receivable', 'merchant_available'],
  ],
  ['debt repaid', 'debt_repayment', ['merchant_available'], ['receivable']],
  ['lost', 'dispute_lost', ['dispute_reserve'], ['customer']],
  ['lost after provisional credit', 'dispute_lost', ['dispute_reserve'], ['provisional']],
  ['settlement', 'settlement', ['merchant_available'], ['in_transit']],
  ['confirmed by the bank', 'settlement_confirmation', ['in_transit'], ['bank']],
  ['rejected by the bank', 'settlement_return', ['in_transit'], ['merchant_available']],
  ['fee', 'fee', ['merchant_available'], ['fees']],
  ['dispute fee', 'fee', ['receivable'], ['dispute_fees']],
  ['exchange', 'exchange', ['customer', 'bank'], ['customer', 'bank', 'fx_spread']],
  ['a bank line nobody knows', 'unplaced', ['bank'], ['suspense']],
  ['back from the bank', 'settlement_return', ['bank'], ['merchant_available', 'suspense']],
  ['more than was sent', 'overpaid', ['suspense'], ['bank']],
  ['and its owner', 'placement', ['suspense'], ['customer']],
  ['written off', 'write_off', ['loss'], ['receivable']],
  ['corrected', 'adjustment', ['suspense'], ['bank']],
];

test.each(postings)('%s', (_what, kind, debits, credits) => {
  expect(debits.filter((account) => !sidesOf[kind].debit.has(account))).toEqual([]);
  expect(credits.filter((account) => !sidesOf[kind].credit.has(account))).toEqual([]);
});

test('every kind is one of the postings, but for the reversal that nobody asks for', () => {
  const covered = new Set(postings.map(([, kind]) => kind));
  const kinds = Object.keys(transferKinds) as TransferKind[];
  expect(kinds.filter((kind) => !covered.has(kind))).toEqual(['reversal']);
  expect([sidesOf.reversal.debit.size, sidesOf.reversal.credit.size]).toEqual([0, 0]);
});

test('money leaves or enters the books only where the chart says', () => {
  const crossing = (kinds: readonly AccountKind[]) =>
    kinds.some((kind) => kind === 'external' || kind === 'bank');
  const outward = Object.entries(transferKinds).filter(
    ([kind, { debit, credit }]) => kind !== 'adjustment' && (crossing(debit) || crossing(credit)),
  );
  expect(outward.map(([kind]) => kind)).toEqual([
    ...['top_up', 'withdrawal', 'withdrawal_confirmation', 'withdrawal_return'],
    ...['settlement_confirmation', 'settlement_return', 'exchange', 'unplaced', 'overpaid'],
    'placement',
  ]);
});

test('who stands on what: the platform and each kind of wallet', () => {
  expect(platformKinds).toEqual([
    ...['provisional', 'in_transit', 'bank', 'external', 'fees', 'dispute_fees', 'fx_spread'],
    ...['suspense', 'loss'],
  ]);
  expect(accountsOfWallet).toEqual({
    customer: ['customer'],
    merchant: ['merchant_pending', 'merchant_available', 'dispute_reserve', 'receivable'],
  });
});

test('only debts, and accounts of others than customers, may be negative without bound', () => {
  const unbounded = Object.entries(accountKinds).filter(([, kind]) => kind.limitMinor === null);
  expect(unbounded.map(([kind]) => kind)).toEqual([
    ...['receivable', 'provisional', 'in_transit', 'bank', 'external', 'suspense', 'loss'],
  ]);
});

test('a frozen account pays for disputes and debts and is cleared, and nothing else', () => {
  const kinds = Object.keys(transferKinds) as TransferKind[];
  expect(kinds.filter((kind) => sidesOf[kind].despiteFreeze)).toEqual([
    ...['clearing', 'dispute', 'dispute_won', 'dispute_lost', 'dispute_reversal'],
    ...['provisional_return', 'debt_repayment'],
  ]);
});
