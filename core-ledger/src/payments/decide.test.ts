import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Account } from '../ledger/book-state.ts';
import { createBook } from '../ledger/book.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { decidePayment } from './decide.ts';
import type { FraudOutcome, PaymentOutcome, PaymentRequest } from './decide.ts';
import { houseFees, merchantFeeOf } from './fees.ts';
import { firstEvents, isTerminal } from './payment.ts';

const platform = { fees: 9n } as unknown as WalletFacts['platform'];
const customer = (walletId: string, accountId: bigint, currency = 'USD'): WalletFacts => ({
  ...{ walletId, ownerId: `owner of ${walletId}`, kind: 'customer', currency, platform },
  accounts: { customer: accountId },
});
const payer = customer('payer', 1n);
const payee = customer('payee', 2n);
const shop: WalletFacts = {
  ...{ walletId: 'shop', ownerId: 'o', kind: 'merchant', currency: 'USD', platform },
  accounts: { merchant_pending: 3n, merchant_available: 4n },
};

const request = (rest: Partial<PaymentRequest> = {}): PaymentRequest => ({
  ...{ intent_id: '0190a0b0-0000-8000-8000-000000000001', payer_wallet_id: 'payer' },
  ...{ payee_wallet_id: 'payee', payer_id: 'a', payee_id: 'b', amount_minor: 1_000n },
  ...{ currency: 'USD', capture: 'automatic', authorization_expires_in: null },
  ...{ description: null, reference: null, metadata: null, accepted_at: 1_700_000_000_000 },
  ...rest,
});

const book = (balance = 5_000n, status: Partial<Record<string, Account['status']>> = {}) =>
  createBook({
    accounts: [1n, 2n, 3n, 4n, 9n].map((id) => ({
      ...{ id, kind: kinds[String(id)] ?? 'customer', currency: 'USD', limitMinor: 0n },
      status: status[String(id)] ?? 'active',
      ...{ balanceMinor: id === 1n ? balance : 0n, heldMinor: 0n, version: 0n },
    })),
  });
const kinds: Partial<Record<string, Account['kind']>> = {
  ...{ 3: 'merchant_pending', 4: 'merchant_available', 9: 'fees' },
};

const nothing = { feeMinor: 0n, capturedMinor: 0n, authorizationExpiresInSeconds: null };
const failed = (failureCode: string) => ({ ...nothing, status: 'failed', failureCode });

describe('a payment is decided', () => {
  type Case = {
    what: string;
    is: object;
    fraud?: FraudOutcome;
    from?: WalletFacts | undefined;
    to?: WalletFacts | undefined;
    ask?: Partial<PaymentRequest>;
    on?: ReturnType<typeof book>;
  };
  const captured = { ...nothing, status: 'captured', failureCode: null, capturedMinor: 1_000n };
  const held = { ...nothing, failureCode: null };
  const cases: Case[] = [
    { what: 'between customers: captured, free', is: captured },
    { what: 'to a merchant: captured, with the fee', to: shop, is: { ...captured, feeMinor: 20n } },
    { what: 'blocked by fraud', fraud: 'block', is: { ...held, status: 'rejected' } },
    { what: 'in review', fraud: 'review', is: { ...held, status: 'in_review' } },
    {
      what: 'to be captured by hand',
      ask: { capture: 'manual' },
      is: { ...held, status: 'authorized', authorizationExpiresInSeconds: 604_800 },
    },
    {
      what: 'to be captured by hand, soon',
      ask: { capture: 'manual', authorization_expires_in: 60 },
      is: { ...held, status: 'authorized', authorizationExpiresInSeconds: 60 },
    },
    { what: 'without money', on: book(999n), is: failed('insufficient_funds') },
    {
      what: 'in review without money',
      fraud: 'review',
      on: book(999n),
      is: failed('insufficient_funds'),
    },
    { what: 'from an unknown wallet', from: undefined, is: failed('wallet_not_found') },
    { what: 'to an unknown wallet', to: undefined, is: failed('wallet_not_found') },
    { what: 'to the same wallet', to: payer, is: failed('same_account') },
    { what: 'in a foreign currency', ask: { currency: 'EUR' }, is: failed('currency_mismatch') },
    { what: 'to a foreign wallet', to: customer('x', 2n, 'EUR'), is: failed('currency_mismatch') },
    {
      what: 'from a frozen wallet',
      on: book(5_000n, { 1: 'frozen' }),
      is: failed('account_frozen'),
    },
    { what: 'to a frozen wallet', on: book(5_000n, { 2: 'frozen' }), is: captured },
    {
      what: 'held for a closed payee',
      ask: { capture: 'manual' },
      on: book(5_000n, { 2: 'closed' }),
      is: failed('account_closed'),
    },
  ];
  test.each(cases)('$what', (given) => {
    const from = 'from' in given ? given.from : payer;
    const to = 'to' in given ? given.to : payee;
    const outcome = decidePayment(
      request(given.ask),
      given.fraud ?? 'approve',
      from,
      to,
      given.on ?? book(),
    );
    expect(outcome).toEqual(given.is);
  });
});

test('a merchant pays from what is available and is paid into what is pending', () => {
  const open = book();
  decidePayment(request(), 'approve', payer, shop, open);
  expect(open.account(3n)?.balanceMinor).toBe(980n);
  const back = decidePayment(request({ intent_id: 'other' }), 'approve', shop, payee, open);
  expect(back).toMatchObject({ failureCode: 'insufficient_funds' });
});

test('the same payment decided again gives the same ids, another one gives others', () => {
  const ids = ['a', 'a', 'b'].map((intent_id) => {
    const open = book();
    decidePayment(request({ intent_id }), 'approve', payer, payee, open);
    return open.transfers[0]?.id;
  });
  expect(ids[0]).toBe(ids[1]);
  expect(ids[0]).not.toBe(ids[2]);
  expect(ids[0]).toMatch(/^018bcfe5-6800-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the fee is ten and one per cent, rounded down, and never all of it', () => {
  const amounts = [1n, 2n, 10n, 11n, 12n, 99n, 100n, 199n, 1_000_000_000_000_000n];
  const table = amounts.map((amountMinor) => merchantFeeOf(amountMinor, houseFees));
  expect(table).toEqual([0n, 1n, 9n, 10n, 10n, 10n, 11n, 11n, 10_000_000_000_010n]);
});

test('for every request money is conserved and what is told is what moved', () => {
  const wallets = fc.constantFrom(payer, payee, shop, undefined);
  const fraud = fc.constantFrom<FraudOutcome[]>('approve', 'review', 'block');
  const capture = fc.constantFrom<PaymentRequest['capture'][]>('automatic', 'manual');
  fc.assert(
    fc.property(
      wallets,
      wallets,
      fraud,
      capture,
      fc.bigInt(1n, 7_000n),
      (from, to, f, c, amount) => {
        const open = book();
        const ask = request({ amount_minor: amount, capture: c });
        const outcome: PaymentOutcome = decidePayment(ask, f, from, to, open);
        const sum = [1n, 2n, 3n, 4n, 9n].reduce(
          (s, id) => s + (open.account(id)?.balanceMinor ?? 0n),
          0n,
        );
        expect(sum).toBe(5_000n);
        const credited = open.entries.filter((e) => e.amountMinor > 0n);
        expect(credited.reduce((s, e) => s + e.amountMinor, 0n)).toBe(outcome.capturedMinor);
        expect(open.account(9n)?.balanceMinor).toBe(outcome.feeMinor);
        const holds = outcome.status === 'in_review' || outcome.status === 'authorized' ? 1 : 0;
        expect(open.newHolds).toHaveLength(holds);
        expect(outcome.status === 'failed').toBe(outcome.failureCode !== null);
        expect(firstEvents[outcome.status]).toBe(`payment.${outcome.status}`);
      },
    ),
    { numRuns: 500 },
  );
});

test('nothing leaves a terminal status, and every other one has a way out', () => {
  const terminal = ['captured', 'failed', 'rejected', 'expired', 'canceled'] as const;
  for (const status of terminal) expect(isTerminal(status)).toBe(true);
  for (const status of ['screening', 'in_review', 'authorized'] as const) {
    expect(isTerminal(status)).toBe(false);
  }
});
