import { describe, expect, test } from '@jest/globals';
import { createBook } from './book.ts';
import { maximumAmountMinor, maximumHoldSeconds } from './items.ts';
import type { CaptureItem, HoldItem, LedgerItem, ReversalItem, SingleItem } from './items.ts';
import { account, hold, original, writtenBy } from './testing/book-cases.ts';

const open = () =>
  createBook({
    accounts: [
      account(1, 100n, { heldMinor: 70n }),
      account(2, 30n),
      account(3, 0n, { kind: 'fees' }),
      account(4, 50n, { status: 'frozen', heldMinor: 50n }),
      account(5, 0n, { status: 'closed' }),
      account(6, 0n, { currency: 'EUR' }),
      account(7, 0n, { kind: 'external' }),
      account(8, (1n << 62n) - 1n),
      account(9, 0n),
    ],
    holds: [
      ...[hold('open'), hold('past', { isPast: true, amountMinor: 10n })],
      hold('partly', { amountMinor: 50n, capturedMinor: 40n }),
      hold('captured', { state: 'captured', isPast: true }),
      ...[hold('voided', { state: 'voided' }), hold('expired', { state: 'expired' })],
      ...[hold('frozen', { accountId: 4n }), hold('elsewhere', { accountId: 99n })],
    ],
    originals: [
      ...[original('paid'), original('back', { kind: 'reversal' })],
      original('reversed', { isReversed: true }),
      original('elsewhere', { entries: [{ accountId: 99n, amountMinor: 1n }] }),
      original('closed', { entries: [{ accountId: 5n, amountMinor: -1n }] }),
      original('frozen', { entries: [{ accountId: 4n, amountMinor: 1n }] }),
      original('spent', { entries: [{ accountId: 2n, amountMinor: 31n }] }),
      original('full', { entries: [{ accountId: 8n, amountMinor: -2n }] }),
    ],
  });

const ok = { ok: true, repeated: false };
const refused = (reason: string, item?: number) => ({
  ...{ ok: false, repeated: false, reason },
  ...(item === undefined ? {} : { item }),
});
const reserve = (rest: Partial<HoldItem> = {}): HoldItem => ({
  ...{ type: 'hold', id: 'new', accountId: 1n, amountMinor: 10n, currency: 'USD' },
  ...{ paymentId: 'p', reason: 'review', expiresInSeconds: 60 },
  ...rest,
});
const to = (...credits: [number, bigint][]) =>
  credits.map(([id, amountMinor]) => ({ accountId: BigInt(id), amountMinor }));
const capture = (holdId: string, credits = to([2, 10n]), rest: Partial<CaptureItem> = {}) => ({
  ...{ type: 'capture' as const, id: 'c', kind: 'payment' as const, holdId, intentId: 'i' },
  ...{ to: credits, final: false },
  ...rest,
});
const release = (holdId: string): SingleItem => ({ type: 'void', id: 'v', holdId });
const reverse = (transferId: string): ReversalItem => ({
  ...{ type: 'reversal', id: 'r', transferId, intentId: 'i' },
});
const move = (id: string, from: number, to: number, amount: bigint): SingleItem => ({
  ...{ type: 'transfer', id, kind: 'payment', paymentId: null, intentId: null },
  legs: [
    { accountId: BigInt(from), currency: 'USD', amountMinor: -amount },
    { accountId: BigInt(to), currency: 'USD', amountMinor: amount },
  ],
});
const chain = (...items: SingleItem[]): LedgerItem => ({ type: 'chain', id: 'chain', items });

describe('is refused and changes nothing', () => {
  const cases: [string, LedgerItem, object][] = [
    [
      'a hold of what is held already',
      reserve({ amountMinor: 31n }),
      refused('insufficient_funds'),
    ],
    [
      'a hold of too much',
      reserve({ amountMinor: maximumAmountMinor + 1n }),
      refused('invalid_amount'),
    ],
    ['a hold for no time', reserve({ expiresInSeconds: 0 }), refused('invalid_expiry')],
    [
      'a hold for ever',
      reserve({ expiresInSeconds: maximumHoldSeconds + 1 }),
      refused('invalid_expiry'),
    ],
    ['a capture of no hold', capture('none'), refused('unknown_hold')],
    ['a capture of a hold that is not locked', capture('elsewhere'), refused('unknown_hold')],
    ['a capture of a captured hold', capture('captured'), refused('hold_closed')],
    ['a capture of a voided hold', capture('voided'), refused('hold_closed')],
    ['a capture of an expired hold', capture('expired'), refused('hold_expired')],
    ['a capture after its time', capture('past'), refused('hold_expired')],
    ['a capture of more', capture('open', to([2, 51n])), refused('hold_exceeded')],
    [
      'a capture of more in parts',
      capture('open', to([2, 50n], [3, 1n])),
      refused('hold_exceeded'),
    ],
    ['a capture of more than remains', capture('partly', to([2, 11n])), refused('hold_exceeded')],
    ['a capture to nobody', capture('open', []), refused('invalid_amount')],
    ['a capture of nothing', capture('open', to([2, 0n])), refused('invalid_amount')],
    [
      'a capture of less than nothing',
      capture('open', to([2, 10n], [3, -1n])),
      refused('invalid_amount'),
    ],
    ['a capture to an unknown account', capture('open', to([99, 1n])), refused('unknown_account')],
    ['a capture to another currency', capture('open', to([6, 1n])), refused('currency_mismatch')],
    ['a capture to a closed account', capture('open', to([5, 1n])), refused('account_closed')],
    ['a capture to a full account', capture('open', to([8, 2n])), refused('limit_exceeded')],
    ['a capture to the wrong side', capture('open', to([7, 1n])), refused('kind_not_allowed')],
    [
      'a capture of the wrong kind',
      capture('open', to([2, 1n]), { kind: 'top_up' }),
      refused('kind_not_allowed'),
    ],
    ['a capture to itself', capture('open', to([1, 1n])), refused('same_account')],
    [
      'a capture to one twice',
      capture('open', to([2, 1n], [3, 1n], [2, 1n])),
      refused('same_account'),
    ],
    ['a capture of a frozen account', capture('frozen'), refused('account_frozen')],
    ['a void of no hold', release('none'), refused('unknown_hold')],
    ['a void of a hold that is not locked', release('elsewhere'), refused('unknown_hold')],
    ['a void of a captured hold', release('captured'), refused('hold_closed')],
    ['a void after its time', release('past'), refused('hold_expired')],
    ['a reversal of nothing', reverse('none'), refused('unknown_transfer')],
    ['a reversal of what is not locked', reverse('elsewhere'), refused('unknown_transfer')],
    ['a reversal of a reversal', reverse('back'), refused('not_reversible')],
    ['a second reversal', reverse('reversed'), refused('already_reversed')],
    ['a reversal to a closed account', reverse('closed'), refused('account_closed')],
    ['a reversal from a frozen account', reverse('frozen'), refused('account_frozen')],
    ['a reversal of what is spent', reverse('spent'), refused('insufficient_funds')],
    ['a reversal to a full account', reverse('full'), refused('limit_exceeded')],
    ['an empty chain', chain(), refused('empty_chain')],
    ['a chain of a bad item', chain(move('a', 2, 9, 31n)), refused('insufficient_funds', 0)],
    [
      'a chain whose last item is bad',
      chain(
        ...[move('a', 1, 9, 30n), reserve({ accountId: 9n }), release('new'), capture('open')],
        ...[capture('partly', to([9, 10n]), { id: 'd' }), reverse('paid'), reverse('paid')],
      ),
      refused('already_reversed', 6),
    ],
  ];
  test.each(cases)('%s', (_what, item, expected) => {
    const book = open();
    const [before, accounts] = [writtenBy(book), accountsOf(book)];
    expect(book.post(item)).toEqual(expected);
    expect(writtenBy(book)).toEqual(before);
    expect(accountsOf(book)).toEqual(accounts);
    // And what was refused has left no trace that a later item could trip over.
    expect(book.post(capture('open', to([2, 50n])))).toEqual(ok);
    expect(book.post(reverse('paid'))).toEqual(ok);
    expect(book.post(release('new'))).toEqual(refused('unknown_hold'));
  });
});

function accountsOf(book: ReturnType<typeof open>): object[] {
  return [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].map((id) => ({ ...book.account(id) }));
}

test('a hold sets aside and is written as it ends', () => {
  const book = open();
  const described = { reference: 'r', metadata: { a: 'b' } };
  expect(book.post(reserve({ ...described, expiresInSeconds: maximumHoldSeconds }))).toEqual(ok);
  expect(book.post(reserve({ id: 'other', amountMinor: 20n, expiresInSeconds: 1 }))).toEqual(ok);
  expect(book.account(1n)).toMatchObject({ balanceMinor: 100n, heldMinor: 100n, version: 0n });
  expect(book.post(capture('new', to([2, 4n])))).toEqual(ok);
  expect(book.post(release('other'))).toEqual(ok);
  expect(book.newHolds).toEqual([
    {
      ...{ id: 'new', accountId: 1n, amountMinor: 10n, paymentId: 'p', reason: 'review' },
      ...{ expiresInSeconds: maximumHoldSeconds, ...described },
      ...{ isPast: false, capturedMinor: 4n, state: 'open' },
    },
    expect.objectContaining({ id: 'other', state: 'voided', reference: null, metadata: null }),
  ]);
  expect(book.changedHolds.size).toBe(0);
  expect(book.account(1n)).toMatchObject({ balanceMinor: 96n, heldMinor: 76n, version: 1n });
});

test('a capture moves a part, and later the rest; the last one closes', () => {
  const book = open();
  expect(book.post(capture('open', to([2, 10n], [3, 5n]), { reference: 'r' }))).toEqual(ok);
  expect(book.transfers).toEqual([
    {
      ...{ id: 'c', kind: 'payment', paymentId: 'p', intentId: 'i', holdId: 'open' },
      ...{ reference: 'r', metadata: null },
    },
  ]);
  expect(book.entries.map((e) => [e.accountId, e.amountMinor, e.balanceAfterMinor])).toEqual([
    [1n, -15n, 85n],
    [2n, 10n, 40n],
    [3n, 5n, 5n],
  ]);
  expect([...book.changedHolds]).toEqual([hold('open', { capturedMinor: 15n })]);
  expect(book.account(1n)).toMatchObject({ balanceMinor: 85n, heldMinor: 55n });
  expect(book.post(capture('open', to([2, 35n]), { id: 'd' }))).toEqual(ok);
  expect([...book.changedHolds]).toEqual([hold('open', { capturedMinor: 50n, state: 'captured' })]);
  expect(book.account(1n)).toMatchObject({ balanceMinor: 50n, heldMinor: 20n });
});

test('a final capture releases what it leaves', () => {
  const book = open();
  expect(book.post(capture('open', to([2, 1n]), { final: true }))).toEqual(ok);
  expect([...book.changedHolds]).toEqual([hold('open', { capturedMinor: 1n, state: 'captured' })]);
  expect(book.account(1n)).toMatchObject({ balanceMinor: 99n, heldMinor: 20n });
});

test('a void releases what remains, also on a frozen account', () => {
  const book = open();
  expect([book.post(release('partly')), book.post(release('frozen'))]).toEqual([ok, ok]);
  expect(book.account(1n)).toMatchObject({ balanceMinor: 100n, heldMinor: 60n, version: 0n });
  expect(book.account(4n)).toMatchObject({ heldMinor: 0n });
  expect([...book.changedHolds].map(({ state }) => state)).toEqual(['voided', 'voided']);
  expect([...book.changed].map(({ id }) => id)).toEqual([1n, 4n]);
  expect([book.transfers, book.entries]).toEqual([[], []]);
});

test('a hold that is past expires once, with what remains of it', () => {
  const past = hold('past', { isPast: true, capturedMinor: 20n });
  const book = createBook({
    accounts: [account(4, 50n, { status: 'frozen', heldMinor: 30n })],
    holds: [{ ...past, accountId: 4n }],
  });
  expect([book.expire('past'), book.expire('past')]).toEqual([true, false]);
  expect(book.account(4n)).toMatchObject({ balanceMinor: 50n, heldMinor: 0n, version: 0n });
  expect([...book.changedHolds].map(({ state }) => state)).toEqual(['expired']);
  expect([...book.changed].map(({ id }) => id)).toEqual([4n]);
  expect([book.transfers, book.entries]).toEqual([[], []]);
});

test.each(['open', 'captured', 'voided', 'expired', 'elsewhere', 'nowhere'])(
  'a hold that is %s does not expire',
  (id) => {
    const book = open();
    const before = writtenBy(book);
    expect(book.expire(id)).toBe(false);
    expect(writtenBy(book)).toEqual(before);
    expect(book.account(1n)?.heldMinor).toBe(70n);
  },
);

test('a reversal posts the opposite, once', () => {
  const book = open();
  expect(book.post({ ...reverse('paid'), metadata: { a: 'b' } })).toEqual(ok);
  expect(book.transfers).toEqual([
    {
      ...{ id: 'r', kind: 'reversal', paymentId: 'p', intentId: 'i', reverses: 'paid' },
      ...{ reference: null, metadata: { a: 'b' } },
    },
  ]);
  expect(book.entries.map((e) => [e.accountId, e.amountMinor])).toEqual([
    [1n, 30n],
    [2n, -30n],
  ]);
  expect(book.post(reverse('paid'))).toEqual(refused('already_reversed'));
  expect(book.post(reverse('r'))).toEqual(refused('not_reversible'));
});

test('what this batch posted can be reversed in it', () => {
  const book = open();
  book.post(move('a', 2, 9, 10n));
  book.post(move('b', 2, 9, 7n));
  expect(book.post(reverse('a'))).toEqual(ok);
  expect([book.account(2n)?.balanceMinor, book.account(9n)?.balanceMinor]).toEqual([23n, 7n]);
  expect(book.post(reverse('a'))).toEqual(refused('already_reversed'));
});

test('a chain posts all, in order, under its name; its neighbours are not of it', () => {
  const book = open();
  expect(book.post(move('a', 2, 9, 10n))).toEqual(ok);
  expect(book.post(chain(move('b', 9, 2, 10n), move('c', 2, 9, 30n)))).toEqual(ok);
  expect(book.post(move('d', 9, 2, 1n))).toEqual(ok);
  expect(book.transfers.map(({ id, chainId }) => [id, chainId])).toEqual([
    ...[
      ['a', undefined],
      ['b', 'chain'],
      ['c', 'chain'],
      ['d', undefined],
    ],
  ]);
});

test('a refused chain takes back only its own', () => {
  const book = open();
  book.post(move('a', 2, 9, 10n));
  book.post(capture('open', to([9, 5n])));
  book.post(reserve());
  const [before, accounts] = [writtenBy(book), accountsOf(book)];
  const more = [move('b', 9, 2, 15n), capture('open', to([9, 5n]), { id: 'd' }), release('new')];
  expect(book.post(chain(...more, move('e', 9, 2, 999n)))).toEqual(
    refused('insufficient_funds', 3),
  );
  expect(writtenBy(book)).toEqual(before);
  expect(accountsOf(book)).toEqual(accounts);
  expect(book.post(release('new'))).toEqual(ok);
});
