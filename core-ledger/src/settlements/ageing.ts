import type { Queryable } from '../database/database.ts';

/** Of a batch that was paid in part while the rest came back, nothing is on its way. */
const inTransit = `status in ('submitted', 'partially_settled')
  and net_minor > confirmed_minor + returned_minor`;

/** How many wait for a second person or for the bank, and since when the oldest, as SQL. */
export const waitingSettlements = `
  select 'settlement pending_approval', count(*), extract(epoch from min(accepted_at)) * 1000
    from settlement where status = 'pending_approval'
  union all
  select 'settlement in_transit', count(*), extract(epoch from min(submitted_at)) * 1000
    from settlement where ${inTransit}`;

/** Money of batches in one currency that banks have not answered, by how long ago it was sent. */
export type InTransit = {
  readonly currency: string;
  readonly minorByAge: Readonly<Record<'day' | 'three_days' | 'older', bigint>>;
};

/** One row for each currency that there is, and 0 where nothing is on its way. */
export async function readInTransit(db: Queryable): Promise<InTransit[]> {
  const found = await db.raw<{
    rows: Record<'currency' | 'day' | 'three_days' | 'older', string>[];
  }>(
    `select a.currency, ${sumOf('age <= 1')} as day, ${sumOf('age > 1 and age <= 3')} as three_days,
       ${sumOf('age > 3')} as older
     from account a left join (
       select currency, net_minor - confirmed_minor - returned_minor as minor,
         extract(epoch from statement_timestamp() - submitted_at) / 86400 as age
       from settlement where ${inTransit}) sent on sent.currency = a.currency
     where a.kind = 'in_transit' group by a.currency`,
  );
  return found.rows.map(({ currency, day, three_days, older }) => ({
    currency,
    minorByAge: { day: BigInt(day), three_days: BigInt(three_days), older: BigInt(older) },
  }));
}

function sumOf(condition: string): string {
  return `coalesce(sum(minor) filter (where ${condition}), 0)::text`;
}
