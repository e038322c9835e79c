import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCardNumbers, mayHoldCardNumber } from './card-numbers.ts';

function pointers(body: unknown, text = JSON.stringify(body)): string[] {
  return mayHoldCardNumber(Buffer.from(text)) ? findCardNumbers(JSON.parse(text)) : [];
}

describe('a card number', () => {
  // Test numbers that the schemes publish: 13, 14, 15, 16 and 19 digits.
  test.each([
    '4222222222222',
    '30569309025904',
    '378282246310005',
    '4111111111111111',
    '6304000000000000000',
    '4111 1111 1111 1111',
    '3782-822463-10005',
    'card 5555555555554444, thanks',
  ])('%s is found', (text) => {
    expect(pointers({ description: text })).toEqual(['/description']);
  });

  test('is found as a number, deep down, in a list, behind escapes, as a name', () => {
    expect(pointers({ reference: 4111111111111111 })).toEqual(['/reference']);
    expect(pointers({ metadata: { 'a/b': '4111111111111111' } })).toEqual(['/metadata/a~1b']);
    expect(pointers({ links: [{ id: '4111111111111111' }] })).toEqual(['/links/0/id']);
    expect(pointers(0, '{"a":"\\u0034\\u0031\\u0031\\u00311111 1111 1111"}')).toEqual(['/a']);
    expect(pointers({ metadata: { '4111111111111111': 'x' } })).toEqual(['/metadata']);
  });

  test.each([
    ['a wrong check digit', { description: '4111111111111112' }],
    ['too short', { description: '424242424242' }],
    ['too long', { description: '41111111111111111111' }],
    ['part of a word', { context: { card_fingerprint: 'a4111111111111111' } }],
    ['an amount', { amount_minor: 4111111111111111 }],
    ['a password', { password: '4111111111111111' }],
    ['an id', { payer_wallet_id: '41111111-1111-4111-8111-111111111111' }],
    ['a time', { from: '2026-01-02T03:04:05.678Z' }],
  ])('is not %s', (_what, body) => {
    expect(pointers(body)).toEqual([]);
  });

  test('is found below more brackets than the stack has frames', () => {
    const depth = 30_000;
    const text = `${'['.repeat(depth)}"4111111111111111"${']'.repeat(depth)}`;
    expect(pointers(0, text)).toHaveLength(1);
  });

  test('is found wherever it stands in a text, and no uuid is one', () => {
    const around = fc.string().filter((text) => !/[\w-]/.test(text));
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(pointers({ a: `${before}4111111111111111${after}` })).toEqual(['/a']);
      }),
    );
    fc.assert(fc.property(fc.uuid(), (id) => expect(pointers({ id })).toEqual([])));
  });
});
