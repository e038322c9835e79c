import { z } from 'zod';
import { supportedCurrencies } from './currencies.ts';

const currency = z
  .enum(supportedCurrencies, { error: 'unsupported_currency' })
  .meta({ id: 'Currency', description: 'ISO 4217.', example: 'USD' });

/** For the document alone: a text without NUL. The program checks more than patterns can say. */
export const anyText = '^[^\\u0000]*$';

/** Fields that more than one noun has, said once. Texts under `error` are problem codes. */
export const fields = {
  id: () => z.uuid().meta({ description: 'Object id.' }),
  amount: () =>
    z
      .int({ error: 'invalid_amount' })
      .min(1, { error: 'invalid_amount' })
      .max(1_000_000_000_000_000, { error: 'invalid_amount' })
      .meta({ description: 'Minor units (cents), written as digits.', example: 1250 }),
  /** An amount as it is shown: 0 is possible, and a balance may be a debt. */
  shownAmount: () => z.int().meta({ description: 'Minor units.', example: 1250 }),
  currency: () => currency,
  /** A currency as it is shown: some may no longer be supported. */
  shownCurrency: () =>
    z
      .string()
      .max(3)
      .regex(/^[A-Z]{3}$/)
      .meta({ description: 'ISO 4217.', example: 'USD' }),
  time: () => z.iso.datetime({ precision: 3 }).meta({ description: 'RFC 3339, UTC.' }),
  /** An internet address, of version 4 or 6. */
  address: () =>
    z.union([
      z.ipv4().max(15).meta({ format: 'ipv4', example: '192.0.2.7' }),
      z.ipv6().max(45).meta({ format: 'ipv6', example: '2001:db8::7' }),
    ]),
  /** Any text that every store of ours keeps as it is: no NUL, no half of a surrogate pair. */
  text: (maxLength: number, minLength = 1) =>
    z
      .string()
      .min(minLength)
      .max(maxLength)
      .refine((text) => text.isWellFormed() && !text.includes('\0'))
      .meta({ pattern: anyText, example: 'Two teas' }),
  /** A word of ours: a kind, a code, a template. New ones may come. */
  word: (example: string) =>
    z
      .string()
      .max(64)
      .regex(/^[a-z0-9_.-]+$/)
      .meta({ example }),
};

const mostRows = 100;

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostRows)
    .default(20)
    .meta({ description: 'Most rows of a page.', example: 20 }),
  cursor: z
    .string()
    .max(1_000)
    .meta({
      description: '`next_cursor` of the page before.',
      pattern: '^[\\w-]*$',
      example: 'kq3bHn0yX2',
    })
    .optional(),
});

export type Page = z.output<typeof pageQuery>;

/** A page of a list, newest first unless it says otherwise. */
export function pageOf(item: z.ZodType, id: string) {
  const cursor = z
    .string()
    .max(1_000)
    .regex(/^[\w-]+$/)
    .meta({ example: 'kq3bHn0yX2' });
  return z
    .strictObject({ data: z.array(item).max(mostRows), next_cursor: cursor.nullable() })
    .meta({ id });
}
