import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createIntentIds } from './intent-ids.ts';

const secret = '11'.repeat(32);
const ids = createIntentIds(secret);
const text = fc.string({ minLength: 1, maxLength: 40 });

describe('intent ids', () => {
  test('are the same for the same caller, noun and key, and prove themselves', () => {
    fc.assert(
      fc.property(fc.uuid(), text, (caller, key) => {
        const id = ids.derive('payment', caller, key);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(createIntentIds(secret).derive('payment', caller, key)).toBe(id);
        expect(ids.proves(id, 'payment', caller)).toBe(true);
        expect(ids.proves(id.toUpperCase(), 'payment', caller)).toBe(true);
      }),
    );
  });

  test('prove nothing to another caller, for another noun, under another secret or changed', () => {
    const other = createIntentIds('22'.repeat(32));
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), text, fc.nat(31), (caller, stranger, key, at) => {
        fc.pre(caller !== stranger);
        const id = ids.derive('payment', caller, key);
        expect(ids.proves(id, 'payment', stranger)).toBe(false);
        expect(ids.proves(id, 'top_up', caller)).toBe(false);
        expect(other.proves(id, 'payment', caller)).toBe(false);
        const digits = id.replaceAll('-', '').split('');
        digits[at] = digits[at] === '0' ? '1' : '0';
        expect(ids.proves(digits.join(''), 'payment', caller)).toBe(false);
      }),
    );
  });

  test('never change: a repeat after a release must find what came before', () => {
    expect(ids.derive('payment', 'a', 'k')).toBe('4e87ad06-edfc-8f40-87db-77fcdad656b1');
    const caller = '0193a6b0-1111-7000-8000-000000000000';
    const later = ids.derive('top_up', caller, 'order 7');
    expect(later).toBe('3970e08c-6642-8398-b7be-5efb31acb638');
  });

  test('differ by noun, caller and key', () => {
    const made = [
      ids.derive('payment', 'a', 'k'),
      ids.derive('top_up', 'a', 'k'),
      ids.derive('payment', 'b', 'k'),
      ids.derive('payment', 'a', 'l'),
    ];
    expect(new Set(made).size).toBe(made.length);
  });

  test.each(['', 'x', '1234', '00000000-0000-4000-8000-00000000000'])('%p proves nothing', (id) => {
    expect(ids.proves(id, 'payment', 'a')).toBe(false);
  });
});
