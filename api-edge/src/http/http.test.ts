import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { parseJson } from './body.ts';
import { createCursors } from './cursor.ts';
import { createMac } from './mac.ts';
import { scopesOf } from './scopes.ts';

describe('parsing JSON', () => {
  test('is JSON.parse for everything whose numbers are written as integers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\d[.eE]/.test(text.replaceAll(/"(\\.|[^"\\])*"/g, '')));
        expect(parseJson(Buffer.from(text))).toEqual({
          ok: true,
          value: JSON.parse(text) as unknown,
        });
      }),
    );
  });

  test.each([
    ['{"amount_minor":1e2}', { amount_minor: '1e2' }],
    ['{"amount_minor" : 1.0 }', { amount_minor: '1.0' }],
    ['{"amount_minor":\n100E-1}', { amount_minor: '100E-1' }],
    ['{"a":1.5}', { a: 1.5 }],
    ['{"text":"price: 1.0e2"}', { text: 'price: 1.0e2' }],
    ['{"id":"1e2","amount_minor":100}', { id: '1e2', amount_minor: 100 }],
    ['{"amount\\u005fminor":1e2}', { amount_minor: '1e2' }],
  ])('%s', (text, value) => {
    expect(parseJson(Buffer.from(text))).toEqual({ ok: true, value });
  });
});

describe('cursors', () => {
  const cursors = createCursors(Buffer.alloc(32, 1));

  test('open for their own list alone, and only unchanged', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(200), (scope, position, at) => {
        const sealed = cursors.seal(scope, position);
        expect(cursors.open(scope, sealed)).toBe(position);
        expect(cursors.open(`${scope}x`, sealed)).toBeUndefined();
        const index = at % sealed.length;
        const changed =
          sealed.slice(0, index) + (sealed[index] === 'A' ? 'B' : 'A') + sealed.slice(index + 1);
        expect(cursors.open(scope, changed)).toBeUndefined();
        expect(createCursors(Buffer.alloc(32, 2)).open(scope, sealed)).toBeUndefined();
      }),
    );
  });
});

test('owners top up in the sandbox alone; nobody but owners pays', () => {
  expect(scopesOf('customer', { sandbox: true })).toContain('top-ups:write');
  expect(scopesOf('customer', { sandbox: false })).not.toContain('top-ups:write');
  for (const role of ['analyst', 'support', 'operator', 'admin'] as const) {
    expect(scopesOf(role, { sandbox: true })).not.toContain('payments:write');
  }
});

test('the message authentication code is HMAC-SHA-256', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(key, fc.string({ unit: 'binary' }), fc.string(), (bytes, first, second) => {
      const mac = createMac(Buffer.from(bytes));
      for (const message of [first, Buffer.from(second), '', first.repeat(99), 'x'.repeat(513)]) {
        expect(mac(message)).toBe(createHmac('sha256', bytes).update(message).digest('hex'));
      }
    }),
  );
});
