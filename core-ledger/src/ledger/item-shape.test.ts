import { describe, expect, test } from '@jest/globals';
import { isWellFormed } from './item-shape.ts';

const id = '0190a0b0-1111-7222-8333-0123456789ab';
const leg = { accountId: 1n, currency: 'USD', amountMinor: 5n };
const condition = { of: 'available', is: 'at_least', value: 0n };
const transfer = {
  ...{ type: 'transfer', id, kind: 'payment', paymentId: null, intentId: null },
  legs: [leg, { ...leg, accountId: 2n, amountMinor: -5n }],
};
const hold = {
  ...{ type: 'hold', id, accountId: 1n, amountMinor: 5n, currency: 'USD', paymentId: id },
  ...{ reason: 'review', expiresInSeconds: 60 },
};
const to = [{ accountId: 1n, amountMinor: 5n }];
const capture = { type: 'capture', id, holdId: id, kind: 'payment', intentId: id, to, final: true };
const release = { type: 'void', id, holdId: id };
const reversal = { type: 'reversal', id, transferId: id, intentId: null };
const chain = { type: 'chain', id, items: [transfer, hold, capture, release, reversal] };
const withLeg = (rest: object) => ({
  ...transfer,
  legs: [{ accountId: 1n, currency: 'USD', ...rest }],
});
const many = <Value>(count: number, value: Value) => Array.from({ length: count }, () => value);
const words = (count: number) => Object.fromEntries(many(count, 0).map((_, at) => [`n${at}`, 'v']));
const greatest = (1n << 63n) - 1n;

const good: [string, unknown][] = [
  ...[transfer, hold, capture, release, reversal, chain].map((item): [string, unknown] => [
    item.type,
    item,
  ]),
  ['with reference and metadata', { ...release, reference: 'né 🙂', metadata: { a: 'b' } }],
  ['with nulls for what is absent', { ...release, reference: null, metadata: null }],
  ['the longest text', { ...release, reference: 'x'.repeat(1_000) }],
  ['the most metadata', { ...release, metadata: words(50) }],
  ['an effective time', { ...transfer, effectiveAtMs: 0 }],
  ['no effective time', { ...transfer, effectiveAtMs: null }],
  ['a balancing leg', withLeg({ upToMinor: 5n })],
  ['a balancing leg without bound', withLeg({ upToMinor: null })],
  ['a rest', withLeg({ rest: true })],
  ['conditions', withLeg({ amountMinor: 5n, conditions: [condition] })],
  ['every condition', withLeg({ rest: true, conditions: conditionsOf() })],
  ['the greatest numbers', withLeg({ accountId: greatest, amountMinor: -greatest })],
  ['the other reason', { ...hold, reason: 'authorization' }],
  ['the most legs', { ...transfer, legs: many(1_000, leg) }],
  ['no legs: for the book to say', { ...transfer, legs: [] }],
  ['a hold for ever: for the book to say', { ...hold, expiresInSeconds: -1 }],
  ['an empty chain: for the book to say', { ...chain, items: [] }],
];

function conditionsOf(): object[] {
  const values = ['available', 'balance', 'version'].flatMap((of) =>
    ['at_least', 'at_most', 'equal'].map((is) => ({ of, is, value: 1n })),
  );
  return values;
}

const bad: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'transfer'],
  ['no type', { ...transfer, type: undefined }],
  ['an unknown type', { ...transfer, type: 'toString' }],
  ['a type that is no text', { ...transfer, type: 1 }],
  ['no id', { ...transfer, id: undefined }],
  ['an id with something before', { ...transfer, id: `x${id}` }],
  ['an id with something behind', { ...transfer, id: `${id}\n` }],
  ['an id in capitals', { ...transfer, id: id.toUpperCase() }],
  ['an id that is no text', { ...transfer, id: [id] }],
  ['an unknown kind', { ...transfer, kind: 'gift' }],
  ['a kind of every object', { ...transfer, kind: 'constructor' }],
  ['a payment id that is none', { ...transfer, paymentId: 'p' }],
  ['no payment id', { ...transfer, paymentId: undefined }],
  ['an intent id that is none', { ...transfer, intentId: 'i' }],
  ['a reference that is no text', { ...transfer, reference: 5 }],
  ['a reference too long', { ...release, reference: 'x'.repeat(1_001) }],
  ['NUL in the reference', { ...release, reference: 'a\u0000' }],
  ['half a character', { ...release, reference: '\ud800' }],
  ['metadata that is a text', { ...release, metadata: 'a' }],
  ['metadata of numbers', { ...release, metadata: { a: 1 } }],
  ['a bad name in metadata', { ...release, metadata: { 'a\u0000': 'b' } }],
  ['too much metadata', { ...release, metadata: words(51) }],
  ['legs that are no list', { ...transfer, legs: { length: 0 } }],
  ['too many legs', { ...transfer, legs: many(1_001, leg) }],
  ['a leg that is null', { ...transfer, legs: [null] }],
  ['no account', withLeg({ accountId: undefined, amountMinor: 5n })],
  ['account 0', withLeg({ accountId: 0n, amountMinor: 5n })],
  ['an account beyond 64 bits', withLeg({ accountId: greatest + 1n, amountMinor: 5n })],
  ['an account that is a number', withLeg({ accountId: 1, amountMinor: 5n })],
  ['a currency of four letters', withLeg({ currency: 'EURO', amountMinor: 5n })],
  ['a currency that is a list', withLeg({ currency: ['U', 'S', 'D'], amountMinor: 5n })],
  ['no amount', withLeg({})],
  ['an amount that is a number', withLeg({ amountMinor: 5 })],
  ['an amount beyond 64 bits', withLeg({ amountMinor: greatest + 1n })],
  ['an amount below 64 bits', withLeg({ amountMinor: -greatest - 1n })],
  ['an amount and a bound', withLeg({ amountMinor: 5n, upToMinor: 5n })],
  ['an amount and a rest', withLeg({ amountMinor: 5n, rest: true })],
  ['a bound and a rest', withLeg({ upToMinor: 5n, rest: true })],
  ['a bound that is a number', withLeg({ upToMinor: 5 })],
  ['a rest that is not', withLeg({ rest: false })],
  ['conditions that are no list', withLeg({ amountMinor: 5n, conditions: condition })],
  ['conditions that are null', withLeg({ amountMinor: 5n, conditions: null })],
  [
    'a condition of something else',
    withLeg({ rest: true, conditions: [{ ...condition, of: 'x' }] }),
  ],
  ['another comparison', withLeg({ rest: true, conditions: [{ ...condition, is: 'x' }] })],
  ['a condition without value', withLeg({ rest: true, conditions: [{ ...condition, value: 1 }] })],
  ['an effective time that is a fraction', { ...transfer, effectiveAtMs: 0.5 }],
  ['an effective time that is a text', { ...transfer, effectiveAtMs: '2020-01-01' }],
  ['a hold on no account', { ...hold, accountId: null }],
  ['a hold of a number', { ...hold, amountMinor: 5 }],
  ['a hold without currency', { ...hold, currency: null }],
  ['a hold for a payment that is none', { ...hold, paymentId: 'p' }],
  ['a hold for another reason', { ...hold, reason: 'because' }],
  ['a hold for half a second', { ...hold, expiresInSeconds: 0.5 }],
  ['a capture of no hold', { ...capture, holdId: null }],
  ['a capture of an unknown kind', { ...capture, kind: 'gift' }],
  ['a capture for an intent that is none', { ...capture, intentId: 'i' }],
  ['a capture to nobody', { ...capture, to: undefined }],
  ['a capture to no account', { ...capture, to: [{ amountMinor: 5n }] }],
  ['a capture of a number', { ...capture, to: [{ accountId: 1n, amountMinor: 5 }] }],
  ['a capture to null', { ...capture, to: [null] }],
  ['a capture that may be final', { ...capture, final: undefined }],
  ['a void of no hold', { ...release, holdId: 'h' }],
  ['a reversal of nothing', { ...reversal, transferId: 't' }],
  ['a reversal for an intent that is none', { ...reversal, intentId: 'i' }],
  ['a chain without id', { ...chain, id: null }],
  ['a chain of nothing', { ...chain, items: undefined }],
  ['a chain in a chain', { ...chain, items: [chain] }],
  ['a chain with a bad item', { ...chain, items: [transfer, { ...release, holdId: 'h' }] }],
  ['a chain too long', { ...chain, items: many(1_001, release) }],
];

describe('an item is well formed', () => {
  test.each(good)('%s', (_what, item) => expect(isWellFormed(item)).toBe(true));
});
describe('an item is malformed', () => {
  test.each(bad)('%s', (_what, item) => expect(isWellFormed(item)).toBe(false));
});
