import { expect, test } from '@jest/globals';
import type { Hold } from '../ledger/book-state.ts';
import { createBook } from '../ledger/book.ts';
import { account, hold } from '../ledger/testing/book-cases.ts';
import { isTerminal, paymentStates } from './payment.ts';
import { decideTimed, deadlines, dueConditions } from './timed.ts';
import type { DuePayment, TimedStatus } from './timed.ts';

const payment = (status: TimedStatus, rest: Partial<DuePayment> = {}): DuePayment => ({
  ...{ id: 'p', status, version: 1, payerWalletId: 'payer', payeeWalletId: 'payee' },
  ...{ payerId: 'a', payeeId: 'b', amountMinor: 50n, feeMinor: 0n, capturedMinor: 0n },
  ...{ currency: 'USD', acceptedAtMs: 1_700_000_000_000 },
  ...rest,
});

const bookWith = (held: Hold, status: 'active' | 'frozen' | 'closed' = 'active') =>
  createBook({ accounts: [account(1, 100n, { heldMinor: 50n, status })], holds: [held] });

const ends = [
  { from: 'authorized', to: 'expired', event: 'payment.expired' },
  { from: 'in_review', to: 'rejected', event: 'payment.rejected' },
] as const;

test.each(ends)('$from past its deadline is $to, and its hold expires', ({ from, to, event }) => {
  const held = hold('h', { isPast: true });
  const book = bookWith(held, 'frozen');
  const due = payment(from, { version: 3 });
  expect(decideTimed(due, held, book)).toEqual({ payment: due, status: to, version: 4, event });
  expect([...book.changedHolds]).toEqual([hold('h', { isPast: true, state: 'expired' })]);
  expect([...book.changed]).toEqual([account(1, 100n, { status: 'frozen' })]);
  expect([book.transfers, book.entries]).toEqual([[], []]);
});

test.each(ends)('$from whose hold lasts for longer is $to, and the hold void', ({ from, to }) => {
  const held = hold('h');
  const book = bookWith(held);
  expect(decideTimed(payment(from), held, book)).toMatchObject({ status: to, version: 2 });
  expect([...book.changedHolds]).toEqual([hold('h', { state: 'voided' })]);
  expect(book.account(1n)?.heldMinor).toBe(0n);
});

test('of a hold that was captured in part the rest is given back', () => {
  const held = hold('h', { isPast: true, capturedMinor: 20n });
  const book = createBook({ accounts: [account(1, 80n, { heldMinor: 30n })], holds: [held] });
  const due = payment('authorized', { capturedMinor: 20n });
  expect(decideTimed(due, held, book)).toMatchObject({
    ...{ status: 'captured', event: 'payment.released' },
  });
  expect(book.account(1n)).toMatchObject({ balanceMinor: 80n, heldMinor: 0n });
});

test.each(['expired', 'voided'] as const)(
  'a hold that is %s already frees nothing twice',
  (state) => {
    const held = hold('h', { state, isPast: true });
    const book = bookWith(held);
    expect(decideTimed(payment('authorized'), held, book)).toMatchObject({ status: 'expired' });
    expect([book.changed.size, book.changedHolds.size]).toEqual([0, 0]);
  },
);

test.each([
  { what: 'without a hold', held: undefined },
  { what: 'with a captured hold', held: hold('h', { state: 'captured' }) },
  {
    what: 'with a hold on an account that is not locked',
    held: hold('h', { accountId: 9n, isPast: true }),
  },
])('a payment $what is left to a person', ({ held }) => {
  const book = bookWith(held ?? hold('other'));
  expect(decideTimed(payment('authorized'), held, book)).toBeNull();
  expect([book.changed.size, book.changedHolds.size]).toEqual([0, 0]);
});

test('every status that is not the last one has a deadline and one timer', () => {
  const { rows } = paymentStates;
  const waiting = new Set(rows.map(({ to }) => to).filter((to) => !isTerminal(to)));
  expect(Object.keys(deadlines).sort()).toEqual([...waiting].sort());
  expect(Object.keys(dueConditions).sort()).toEqual([...waiting].sort());
  const timed = new Set(rows.filter(({ by }) => by.includes('timer')).map(({ from }) => from));
  expect([...timed].sort()).toEqual([...waiting].sort());
  const legal = rows.filter(({ by }) => by.includes('timer'));
  for (const status of ['authorized', 'in_review'] as const) {
    for (const capturedMinor of status === 'authorized' ? [0n, 20n] : [0n]) {
      const held = hold('h', { isPast: true, capturedMinor });
      const change = decideTimed(payment(status, { capturedMinor }), held, bookWith(held));
      const { status: to, event } = change ?? { status: null, event: null };
      expect(legal).toContainEqual(expect.objectContaining({ from: status, to, event }));
    }
  }
});
