import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LedgerItem } from './items.ts';
import { payloadHashOf } from './payload-hash.ts';

/** PROPERTY_SEED=… repeats a run; a failing property prints its seed and path by itself. */
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000_000);

// Few values, so that two items are often the same; texts that try to look like one another.
const id = fc.constantFrom('a', 'b', '1:a', '-');
const text = fc.constantFrom('', 'a', '-', '1:a', '0:');
const amount = fc.constantFrom(-1n, 1n, 11n);
const optional = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof(fc.constant(undefined), fc.constant(null), value);
const described = {
  id,
  reference: optional(text),
  metadata: optional(fc.dictionary(fc.constantFrom('a', 'b', '1'), text, { maxKeys: 2 })),
};
const condition = fc.record({
  of: fc.constantFrom('available', 'balance'),
  is: fc.constantFrom('at_least', 'equal'),
  value: amount,
});
const conditions = fc.oneof(fc.constant(undefined), fc.array(condition, { maxLength: 2 }));
const account = { accountId: amount, currency: text, conditions };
const leg = fc.oneof(
  fc.record({ ...account, amountMinor: amount }),
  fc.record({ ...account, upToMinor: fc.oneof(fc.constant(null), amount) }),
  fc.record({ ...account, rest: fc.constant(true) }),
);
const single = fc.oneof(
  fc.record({
    ...{ type: fc.constant('transfer'), ...described, kind: text },
    ...{ paymentId: optional(id), intentId: optional(id), legs: fc.array(leg, { maxLength: 2 }) },
    effectiveAtMs: optional(fc.constantFrom(1, 11)),
  }),
  fc.record({
    ...{ type: fc.constant('hold'), ...described, accountId: amount, amountMinor: amount },
    ...{ currency: text, paymentId: optional(id), reason: text },
    expiresInSeconds: fc.constantFrom(1, 11),
  }),
  fc.record({
    ...{ type: fc.constant('capture'), ...described, holdId: id, kind: text },
    to: fc.array(fc.record({ accountId: amount, amountMinor: amount }), { maxLength: 2 }),
    ...{ intentId: optional(id), final: fc.boolean() },
  }),
  fc.record({ type: fc.constant('void'), ...described, holdId: id }),
  fc.record({
    type: fc.constant('reversal'),
    ...described,
    transferId: id,
    intentId: optional(id),
  }),
);
const items = fc.array(single, { maxLength: 2 });
const chain = fc.record({ type: fc.constant('chain'), id, items });
const item = fc.oneof({ weight: 5, arbitrary: single }, { weight: 1, arbitrary: chain });

const hashOf = (value: unknown) => payloadHashOf(value as LedgerItem);

/** The same with every value changed by `change` where it has something to say. */
function rebuilt(
  value: unknown,
  change: (entries: [string, unknown][]) => [string, unknown][],
): unknown {
  if (Array.isArray(value)) return value.map((part) => rebuilt(part, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = change(Object.entries(value));
  return Object.fromEntries(entries.map(([name, part]) => [name, rebuilt(part, change)]));
}

/** What an item means: what is absent is null; no conditions are an empty list of them. */
function meaning(value: unknown): unknown {
  return rebuilt(value, (entries) =>
    entries.filter(
      ([name, part]) =>
        name === 'upToMinor' ||
        !(
          part === null ||
          part === undefined ||
          isDeepStrictEqual([name, part], ['conditions', []])
        ),
    ),
  );
}

describe(`the hash of an item (PROPERTY_SEED=${seed})`, () => {
  test('is equal if and only if the items mean the same', () => {
    let equal = 0;
    const property = fc.property(fc.array(item, { minLength: 2, maxLength: 12 }), (some) => {
      for (const one of some) {
        for (const other of some) {
          const isSame = isDeepStrictEqual(meaning(one), meaning(other));
          if (isSame && one !== other) equal += 1;
          if ((hashOf(one) === hashOf(other)) !== isSame) expect([one, other, isSame]).toBeNull();
        }
      }
    });
    fc.assert(property, { seed, numRuns: 400 });
    expect(equal).toBeGreaterThan(0);
  });

  test('does not change with the order of properties, nor where null is left out', () => {
    const property = fc.property(item, (one) => {
      const turned = rebuilt(one, (entries) => entries.reverse());
      expect(hashOf(turned)).toBe(hashOf(one));
      expect(hashOf(meaning(one))).toBe(hashOf(one));
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test('changes with every single value', () => {
    const property = fc.property(item, fc.nat(), (one, at) => {
      const places: number[] = [];
      let seen = 0;
      const changed = rebuilt(one, (entries) =>
        entries.map(([name, part]) => {
          const isValue =
            typeof part !== 'object' && part !== undefined && name !== 'rest' && name !== 'type';
          if (!isValue) return [name, part];
          places.push((seen += 1));
          return [name, seen === 1 + (at % 8) ? different(part) : part];
        }),
      );
      const isChanged = places.includes(1 + (at % 8));
      expect(hashOf(changed) === hashOf(one)).toBe(!isChanged);
    });
    fc.assert(property, { seed, numRuns: 1_000 });
  });

  test('is the same for ever: it is compared with hashes in the database', () => {
    const transfer: LedgerItem = {
      ...{ type: 'transfer', id: '0190a0b0-0000-7000-8000-000000000001', kind: 'payment' },
      ...{ paymentId: null, intentId: null, reference: 'r', metadata: { b: '2', a: '1' } },
      legs: [
        { accountId: 1n, currency: 'USD', upToMinor: null },
        { accountId: 2n, currency: 'USD', rest: true },
        { accountId: 3n, currency: 'USD', amountMinor: 5n },
      ],
    };
    expect(payloadHashOf(transfer)).toBe('be2a7d53fd42a53eb3226c229be4abbe');
  });
});

function different(value: unknown): unknown {
  if (typeof value === 'bigint') return value + 100n;
  if (typeof value === 'number') return value + 100;
  return typeof value === 'boolean' ? !value : `${String(value)}+`;
}
