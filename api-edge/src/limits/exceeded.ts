import { findLimitRefusal, type Database } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

const kinds = ['per_transaction', 'per_day', 'per_month', 'maximum_balance'] as const;

/** Members of what failed with `limit_exceeded`, and of nothing else. */
export const exceededLimitFields = {
  limit_kind: z
    .enum(kinds)
    .optional()
    .meta({ description: 'Which limit was exceeded, with failure code limit_exceeded alone.' }),
  limit: fields.shownAmount().optional(),
  used: fields.shownAmount().optional().meta({ description: 'Without this amount.' }),
  resets_at: fields.time().nullable().optional(),
};

type Exceeded = {
  limit_kind?: (typeof kinds)[number];
  limit?: number;
  used?: number;
  resets_at?: string | null;
};

/**
 * What to show of the limit that an object failed by. How full a payee's wallet is concerns
 * nobody who pays: `isPayment` leaves that out.
 */
export async function exceededLimitOf(
  db: Database,
  { id, failureCode }: { id: string; failureCode: string | null },
  { isPayment }: { isPayment: boolean },
): Promise<Exceeded> {
  if (failureCode !== 'limit_exceeded') return {};
  const refusal = await findLimitRefusal(db.knex, id);
  if (refusal === null) return {};
  const { kind, limitMinor, usedMinor, resetsAtMs } = refusal;
  if (isPayment && kind === 'maximum_balance') return { limit_kind: kind };
  return {
    ...{ limit_kind: kind, limit: Number(limitMinor), used: Number(usedMinor) },
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
  };
}
