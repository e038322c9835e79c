import { z } from 'zod';
import { supportedCurrencies } from './currencies.ts';

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
  shownAmount: () => z.int().meta({ description: 'Minor units.' }),
  currency: () =>
    z
      .enum(supportedCurrencies, { error: 'unsupported_currency' })
      .meta({ description: 'ISO 4217.', example: 'USD' }),
  time: () => z.iso.datetime({ precision: 3 }).meta({ description: 'RFC 3339, UTC.' }),
  /** Any text that every store of ours keeps as it is: no NUL, no half of a surrogate pair. */
  text: (maxLength: number, minLength = 1) =>
    z
      .string()
      .min(minLength)
      .max(maxLength)
      .refine((text) => text.isWellFormed() && !text.includes('\0')),
};

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(1_000).optional(),
});

/** A page of a list, newest first unless it says otherwise. */
export function pageOf(item: z.ZodType, id: string) {
  return z.strictObject({ data: z.array(item), next_cursor: z.string().nullable() }).meta({ id });
}
