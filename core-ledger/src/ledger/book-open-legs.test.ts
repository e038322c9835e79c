import { describe, expect, test } from '@jest/globals';
import { createBook } from './book.ts';
import { maximumAmountMinor } from './items.ts';
import type { Condition, Leg, PostResult, TransferItem } from './items.ts';
import { account, writtenBy } from './testing/book-cases.ts';

const nowMs = 1_700_000_000_000;
const open = () =>
  createBook({
    accounts: [
      account(1, 100n, { heldMinor: 30n, version: 7n }),
      account(2, 40n),
      account(3, 0n),
      account(4, -20n, { kind: 'receivable', limitMinor: null }),
      account(5, 50n, { limitMinor: 1_000n }),
      account(6, 10n, { currency: 'EUR' }),
      account(7, 10n, { status: 'frozen' }),
      account(8, 4_000_000_000_000_000n, { kind: 'external', limitMinor: null }),
      account(9, 0n, { status: 'closed' }),
      account(10, 0n, { currency: 'EUR' }),
    ],
    nowMs,
  });

const fixed = (id: number, amountMinor: bigint, conditions?: Condition[]): Leg => ({
  ...{ accountId: BigInt(id), currency: 'USD', amountMinor },
  ...(conditions && { conditions }),
});
const upTo = (id: number, upToMinor: bigint | null, currency = 'USD'): Leg => ({
  ...{ accountId: BigInt(id), currency, upToMinor },
});
const rest = (id: number, currency = 'USD'): Leg => ({
  ...{ accountId: BigInt(id), currency, rest: true },
});
const when = (of: Condition['of'], is: Condition['is'], value: bigint): Condition[] => [
  { of, is, value },
];

function post(legs: Leg[], item: Partial<TransferItem> = {}): PostResult {
  const book = open();
  const before = writtenBy(book);
  const result = book.post({
    ...{ type: 'transfer', id: 't', kind: 'adjustment', paymentId: null, intentId: null, legs },
    ...item,
  });
  if (!result.ok) expect(writtenBy(book)).toEqual(before);
  return result;
}
const ok = (...amounts: bigint[]) => ({ ok: true, repeated: false, amounts });
const refused = (reason: string) => ({ ok: false, repeated: false, reason });
const plain = { ok: true, repeated: false };

describe('legs that leave their amount open', () => {
  const cases: [string, Leg[], object][] = [
    ['take what is available, not what is held', [upTo(1, null), rest(3)], ok(-70n, 70n)],
    ['take no more than asked', [upTo(1, 25n), rest(3)], ok(-25n, 25n)],
    ['take exactly what is asked', [upTo(1, 70n), rest(3)], ok(-70n, 70n)],
    ['take less where there is less', [upTo(1, 71n), rest(3)], ok(-70n, 70n)],
    ['never take what the limit allows', [upTo(5, 500n), rest(3)], ok(-50n, 50n)],
    ['take nothing from below zero', [upTo(4, null), fixed(1, -5n), rest(3)], ok(0n, -5n, 5n)],
    [
      'take no more than an amount may be',
      [upTo(8, null), rest(3)],
      ok(-maximumAmountMinor, maximumAmountMinor),
    ],
    [
      'first one account, then the rest of another',
      [upTo(2, 60n), rest(5), fixed(3, 60n)],
      ok(-40n, -20n, 60n),
    ],
    [
      'a rest of nothing makes no entry',
      [fixed(2, -20n), rest(5), fixed(3, 20n)],
      ok(-20n, 0n, 20n),
    ],
    [
      'the rest may go below zero where the limit allows',
      [rest(4), fixed(3, 500n)],
      ok(-500n, 500n),
    ],
    ['the rest has limits', [rest(2), fixed(3, 41n)], refused('insufficient_funds')],
    ['nothing there at all', [upTo(3, null), rest(2)], refused('nothing_available')],
    [
      'not enough, and nobody for the rest',
      [upTo(2, 50n), fixed(3, 50n)],
      refused('insufficient_funds'),
    ],
    ['more than anybody takes', [upTo(2, null), fixed(3, 30n)], refused('unbalanced')],
    [
      'short in one currency, open in another',
      [upTo(6, 5n, 'EUR'), rest(10, 'EUR'), fixed(1, -5n), fixed(2, 6n)],
      refused('unbalanced'),
    ],
    ['two rests of a currency', [upTo(1, null), rest(2), rest(3)], refused('unbalanced')],
    [
      'a rest in each currency',
      [upTo(1, 5n), rest(2), upTo(6, 5n, 'EUR'), rest(7, 'EUR')],
      refused('currency_mismatch'),
    ],
    ['one leg alone', [upTo(1, null)], refused('unbalanced')],
    ['up to nothing', [upTo(1, 0n), rest(3)], refused('invalid_amount')],
    ['up to less than nothing', [upTo(1, -1n), rest(3)], refused('invalid_amount')],
    ['up to too much', [upTo(1, maximumAmountMinor + 1n), rest(3)], refused('invalid_amount')],
    [
      'a rest of too much',
      [fixed(8, -maximumAmountMinor), upTo(1, 1n), rest(3)],
      refused('invalid_amount'),
    ],
    ['an account nobody knows', [upTo(99, null), rest(3)], refused('unknown_account')],
    [
      'another currency, even of nothing',
      [upTo(3, 1n, 'EUR'), fixed(1, -5n), fixed(2, 5n)],
      refused('currency_mismatch'),
    ],
    ['a frozen account', [upTo(7, null), rest(3)], refused('account_frozen')],
    ['the same account twice', [upTo(1, null), rest(1)], refused('same_account')],
    ['a fixed leg of nothing', [upTo(1, null), fixed(2, 0n), rest(3)], refused('invalid_amount')],
    ['a closed account that gets nothing', [fixed(1, -5n), fixed(2, 5n), rest(9)], ok(-5n, 5n, 0n)],
  ];
  test.each(cases)('%s', (_what, legs, expected) => expect(post(legs)).toEqual(expected));

  test('the chart holds for what they come to', () => {
    expect(post([upTo(1, 5n), rest(8)], { kind: 'payment' })).toEqual(refused('kind_not_allowed'));
  });

  test('entries are those that move something', () => {
    const book = open();
    const legs = [upTo(3, 5n), fixed(1, -5n), rest(2)];
    const names = { id: 't', kind: 'payment', paymentId: null, intentId: null } as const;
    book.post({ type: 'transfer', ...names, legs });
    expect(book.entries.map((e) => [e.accountId, e.amountMinor])).toEqual([
      [1n, -5n],
      [2n, 5n],
    ]);
    expect([...book.changed].map(({ id }) => id)).toEqual([1n, 2n]);
  });
});

describe('conditions', () => {
  const cases: [string, Condition[], object][] = [
    ['available as it leaves it', when('available', 'at_least', 60n), plain],
    ['available one short', when('available', 'at_least', 61n), refused('condition_failed')],
    ['available at most', when('available', 'at_most', 60n), plain],
    ['available one above', when('available', 'at_most', 59n), refused('condition_failed')],
    ['balance as it leaves it', when('balance', 'equal', 90n), plain],
    ['balance as it found it', when('balance', 'equal', 100n), refused('condition_failed')],
    ['version as it finds it', when('version', 'equal', 7n), plain],
    ['version as it leaves it', when('version', 'equal', 8n), refused('condition_failed')],
    ['no conditions', [], plain],
    [
      'all of them',
      [...when('version', 'equal', 7n), ...when('balance', 'at_most', 89n)],
      refused('condition_failed'),
    ],
  ];
  test.each(cases)('%s', (_what, conditions, expected) => {
    expect(post([fixed(1, -10n, conditions), fixed(3, 10n)])).toEqual(expected);
  });
  test('of a leg that gets', () => {
    expect(post([fixed(1, -10n), fixed(3, 10n, when('balance', 'at_least', 10n))])).toEqual(plain);
  });
  test('come before funds', () => {
    const legs = [fixed(1, -500n, when('balance', 'at_least', 0n)), fixed(3, 500n)];
    expect(post(legs)).toEqual(refused('condition_failed'));
  });
});

describe('an effective time', () => {
  const at = (effectiveAtMs: number | null) =>
    post([fixed(1, -1n), fixed(2, 1n)], { effectiveAtMs });
  test('is the past or now', () => {
    expect([at(nowMs), at(nowMs - 1), at(0), at(null)]).toEqual([plain, plain, plain, plain]);
    const wrong = refused('invalid_effective_time');
    expect([at(nowMs + 1), at(-1)]).toEqual([wrong, wrong]);
  });
  test('needs a clock', () => {
    const legs = [fixed(1, -1n), fixed(2, 1n)];
    const names = { id: 't', kind: 'payment', paymentId: null, intentId: null } as const;
    const book = createBook({ accounts: [account(1, 5n), account(2, 5n)] });
    const item: TransferItem = { type: 'transfer', ...names, legs, effectiveAtMs: 1 };
    expect(book.post(item)).toEqual(refused('invalid_effective_time'));
  });
  test('is kept on each entry', () => {
    const book = open();
    const names = { id: 't', kind: 'payment', paymentId: null, intentId: null } as const;
    const legs = [fixed(1, -1n), fixed(2, 1n)];
    book.post({ type: 'transfer', ...names, legs, effectiveAtMs: 5 });
    expect(book.entries.map((entry) => entry.effectiveAtMs)).toEqual([5, 5]);
  });
});
