import type { Knex } from 'knex';

/** The `payment-scored` record behind a payment's decision, byte for byte. */
export type ScoredRow = { readonly paymentId: string; readonly scored: Buffer };

/** Those of the payments that have a decision, in no order. */
export async function readScored(db: Knex, paymentIds: readonly string[]): Promise<ScoredRow[]> {
  const { rows } = await db.raw<{ rows: ScoredRow[] }>(
    'select payment_id as "paymentId", scored from decision where payment_id = any(?::uuid[])',
    [[...paymentIds]],
  );
  return rows;
}
