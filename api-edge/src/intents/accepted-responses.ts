import type { z } from 'zod';
import type { ResponseDefinition } from '../http/route.ts';

const headers = ['Location', 'Preference-Applied', 'Idempotency-Replayed'] as const;

/**
 * What an operation that goes through `accept` answers when all is well.
 * @param decided what 200 means, where it may mean more
 */
export function acceptedResponses(
  schema: z.ZodType,
  decided = 'Decided while the client waited.',
): Readonly<Record<200 | 202, ResponseDefinition>> {
  return {
    202: { description: 'Accepted.', schema, headers },
    200: { description: decided, schema, headers },
  };
}
