import { randomUUID } from 'node:crypto';
import type { Queryable } from '../database/database.ts';

/** The record that a payment was decided by, as it came; null when there is none. */
export async function findScored(db: Queryable, paymentId: string): Promise<Buffer | null> {
  const row = await db<{ payment_id: string; scored: Buffer }>('decision')
    .where({ payment_id: paymentId })
    .first('scored');
  return row?.scored ?? null;
}

export type ScoredRow = { readonly paymentId: string; readonly scored: Buffer };

/**
 * Decisions of any age: all while they are fewer than the draws, else about as many as drawn. Ids
 * of payments are as good as random, so the first one behind a random place costs one look-up.
 */
export async function sampleScored(db: Queryable, draws: number): Promise<ScoredRow[]> {
  const all = await db.raw<{ rows: SampleRow[] }>(
    `select payment_id, scored from decision
     where (select count(*) from (select from decision limit :draws) counted) < :draws`,
    { draws },
  );
  if (all.rows.length > 0) return all.rows.map(viewOf);
  const places = Array.from({ length: draws }, () => randomUUID());
  const found = await db.raw<{ rows: SampleRow[] }>(
    `select distinct on (d.payment_id) d.payment_id, d.scored from unnest(?::uuid[]) as place
     cross join lateral (select payment_id, scored from decision where payment_id >= place
       order by payment_id limit 1) d`,
    [places],
  );
  return found.rows.map(viewOf);
}

type SampleRow = { payment_id: string; scored: Buffer };

const viewOf = ({ payment_id: paymentId, scored }: SampleRow): ScoredRow => ({ paymentId, scored });
