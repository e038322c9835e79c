import type Koa from 'koa';
import type { z } from 'zod';
import { refuse, refuseFields, type Refusal } from '../problems.ts';
import { bodyLimitBytes, parseForm, parseJson, readBody, type LargeBody } from './body.ts';
import { findCardNumbers, mayHoldCardNumber } from './card-numbers.ts';
import { createParse } from './fit.ts';
import { refuseInvalid } from './validation.ts';

/** Of a request what its handler may rely on, or why there is none. */
export type ReadValid = (context: Koa.Context) => Promise<ValidBody>;

type ValidBody = { ok: true; value: unknown } | { ok: false; refusal: Refusal };

/**
 * Reads and checks the bodies of one operation. Checks stand in this order: content type, key,
 * size, JSON, card numbers, fields.
 */
export function createReadValid(expected: {
  idempotent: boolean;
  bodyType?: 'json' | 'form';
  body?: z.ZodType | undefined;
  largeBody?: LargeBody;
}): ReadValid {
  const { idempotent, body, largeBody } = expected;
  const form = expected.bodyType === 'form';
  const parse = body === undefined ? undefined : createParse(body);
  return async (context) => {
    const { headers } = context.req;
    if (parse !== undefined && !hasType(headers['content-type'], form)) {
      return { ok: false, refusal: refuse('unsupported_media_type') };
    }
    if (idempotent) {
      const key = headers['idempotency-key'];
      if (key === undefined) return { ok: false, refusal: refuse('idempotency_key_required') };
      if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
        return { ok: false, refusal: refuse('idempotency_key_invalid') };
      }
    }
    if (parse === undefined) return { ok: true, value: undefined };
    const bytes = await (largeBody?.read(context.req) ?? readBody(context.req, bodyLimitBytes));
    if ('problem' in bytes) return { ok: false, refusal: bytes };
    const parsed = form ? { ok: true as const, value: parseForm(bytes) } : parseJson(bytes);
    if (!parsed.ok) return { ok: false, refusal: refuse('malformed_json') };
    const cards = mayHoldCardNumber(bytes) ? findCardNumbers(parsed.value) : [];
    if (cards.length > 0) {
      return { ok: false, refusal: refuseFields('card_number_not_allowed', cards) };
    }
    const valid = parse(parsed.value);
    if (valid.success) return { ok: true, value: valid.data };
    return { ok: false, refusal: refuseInvalid(valid.error, parsed.value) };
  };
}

function hasType(contentType: string | undefined, form: boolean): boolean {
  const wanted = form ? 'application/x-www-form-urlencoded' : 'application/json';
  return contentType === wanted || contentType?.split(';', 1)[0]?.trim().toLowerCase() === wanted;
}
