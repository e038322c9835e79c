import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, payloadHash } from './payload-hash.ts';

describe('payload hash', () => {
  test('does not depend on the order of members, at any depth', () => {
    const shuffled = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, member]) => [name, shuffled(member)]),
          )
        : value;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        expect(payloadHash(shuffled(body))).toEqual(payloadHash(body));
      }),
    );
  });

  test('says what JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('puts names in the order of their UTF-16 units, however many there are', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'B', '\u{10000}'));
    const names = fc.uniqueArray(name, { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(names, (some) => {
        const text = some.toSorted().map((each) => `${JSON.stringify(each)}:1`);
        const body = Object.fromEntries(some.map((each) => [each, 1]));
        expect(canonicalJson(body)).toBe(`{${text.join(',')}}`);
      }),
    );
  });

  test('writes texts as JSON does, whatever is in them', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, (value) => {
        expect(canonicalJson([value])).toBe(JSON.stringify([value]));
      }),
    );
  });

  test('leaves absent members out, and keeps null and every change', () => {
    expect(canonicalJson({ b: 1, a: undefined, c: null })).toBe('{"b":1,"c":null}');
    expect(payloadHash({ a: 1 })).not.toEqual(payloadHash({ a: 2 }));
    expect(payloadHash({ a: '1' })).not.toEqual(payloadHash({ a: 1 }));
    expect(payloadHash({ a: { b: 1 } })).not.toEqual(payloadHash({ 'a.b': 1 }));
  });
});
