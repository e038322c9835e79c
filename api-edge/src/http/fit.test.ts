import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { paymentContext } from '../payments/context.ts';
import { fields } from './fields.ts';
import { createParse } from './fit.ts';

/** Every kind of field that bodies of ours have, and some that only zod knows. */
const schema = z
  .strictObject({
    id: fields.id(),
    amount_minor: fields.amount(),
    currency: fields.currency(),
    capture: z.enum(['automatic', 'manual']).default('automatic'),
    expires_in: z.int().gt(5).lt(10).optional(),
    text: fields.text(8).optional(),
    word: fields.word('a').optional(),
    metadata: z
      .record(fields.text(4), fields.text(4, 0))
      .refine((entries) => Object.keys(entries).length <= 2)
      .optional(),
    context: paymentContext().optional(),
    list: z.array(z.string()).optional(),
    trimmed: z.string().trim().max(3).optional(),
    coerced: z.coerce.number().optional(),
    nullable: z.string().nullable().optional(),
    open: z.object({ any: z.boolean() }).optional(),
  })
  .refine(({ text }) => text !== 'refuse me');

const usual = {
  id: '0197f3a0-6d7e-7cc1-9a3b-3d1f0c2b4a59',
  amount_minor: 1250,
  currency: 'USD',
};

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom(0, 1, 6, 1.5, 1e15, 1e15 + 2, '100', null, '', 'ab\0', '\ud800', [], {}),
  fc.constantFrom('192.0.2.7', '2001:db8::7', '411111', 'DE', 'manual', 'refuse me', ' a '),
);
const some = fc.dictionary(fc.oneof(fc.string({ maxLength: 5 }), fc.constant('__proto__')), odd);
const names = Object.keys(schema.shape);
const contextNames = Object.keys(paymentContext().shape);
const changed = (members: string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...members), fc.string({ maxLength: 3 })), odd, {
    maxKeys: 3,
  });

describe('a parse that is sure of what is good', () => {
  test('answers as zod does, whatever is asked', () => {
    const parse = createParse(schema);
    const context = fc.option(changed(contextNames), { nil: undefined });
    const metadata = fc.option(some, { nil: undefined });
    const change = fc.tuple(changed(names), context, metadata);
    fc.assert(
      fc.property(change, ([own, ofContext, ofMetadata]) => {
        const text = JSON.stringify({
          ...usual,
          ...(ofContext === undefined ? {} : { context: ofContext }),
          ...(ofMetadata === undefined ? {} : { metadata: ofMetadata }),
          ...own,
        });
        const expected = schema.safeParse(JSON.parse(text));
        const found = parse(JSON.parse(text));
        expect({ text, ...found }).toEqual({ text, ...expected });
      }),
      { numRuns: 3_000 },
    );
  });

  test('makes a default of several parts anew each time', () => {
    const parse = createParse(z.strictObject({ parts: z.array(z.int()).default([1]) }));
    const [first, second] = [parse({}), parse({})].map(({ data }) => data?.parts);
    expect(first).toEqual([1]);
    expect(second).not.toBe(first);
  });

  test('leaves the one name that is more than a name to zod', () => {
    const named = z.strictObject({ metadata: z.record(z.string(), z.string()) });
    const value: unknown = JSON.parse('{"metadata":{"a":"b","__proto__":"c"}}');
    const { data } = createParse(named)(value);
    expect(Object.keys(data?.metadata ?? {})).toEqual(Object.keys(named.parse(value).metadata));
  });

  test.each([null, 1, 'a', [], true, {}])('leaves %j to zod', (value) => {
    expect(createParse(schema)(value)).toEqual(schema.safeParse(value));
  });

  test('asks zod for nothing that is good and usual', () => {
    const body = z.strictObject({
      id: fields.id(),
      amount: fields.amount(),
      currency: fields.currency(),
      capture: z.enum(['automatic', 'manual']).default('automatic'),
      text: fields.text(8),
      metadata: z.record(fields.text(4), fields.text(4, 0)),
      context: paymentContext(),
    });
    const asked = Object.assign(body, {
      safeParse: (): never => {
        throw new Error('zod was asked');
      },
    });
    const value = {
      ...{ id: usual.id, amount: 1, currency: 'EUR', text: 'ä', metadata: { a: '' } },
      context: { ip: '192.0.2.7', device_id: 'd', card_bin: '411111', country: 'DE' },
    };
    expect(createParse(asked)(value).data).toEqual({ ...value, capture: 'automatic' });
  });
});
