import type { Queryable } from '../database/database.ts';

/** What banks and rails hold against what it belongs to, in one currency; minor units. */
export type Safeguarding = {
  readonly currency: string;
  /** What came in by banks and rails less what went out. */
  readonly heldMinor: bigint;
  readonly liabilitiesMinor: bigint;
  readonly inTransitMinor: bigint;
  readonly suspenseMinor: bigint;
  readonly provisionalMinor: bigint;
  readonly ownMinor: bigint;
  /** Held less all of the others: 0 in good books. */
  readonly differenceMinor: bigint;
};

/** One row a currency, of one moment. */
export async function readSafeguarding(db: Queryable): Promise<Safeguarding[]> {
  const found = await db.raw<{ rows: Record<Column | 'currency', string>[] }>(
    `select currency, (-held)::text as held, liabilities::text as liabilities,
       in_transit::text as in_transit, suspense::text as suspense,
       provisional::text as provisional, own::text as own,
       (-held - liabilities - in_transit - suspense - provisional - own)::text as difference
     from (select currency,
         ${sumOf('held', ['external', 'bank'])},
         coalesce(sum(balance_minor) filter (where wallet_id is not null), 0) as liabilities,
         ${sumOf('in_transit', ['in_transit'])},
         ${sumOf('suspense', ['suspense'])},
         ${sumOf('provisional', ['provisional'])},
         ${sumOf('own', ['fees', 'dispute_fees', 'fx_spread', 'loss'])}
       from account group by currency) sums
     order by currency`,
  );
  return found.rows.map((row) => ({
    currency: row.currency,
    heldMinor: BigInt(row.held),
    liabilitiesMinor: BigInt(row.liabilities),
    inTransitMinor: BigInt(row.in_transit),
    suspenseMinor: BigInt(row.suspense),
    provisionalMinor: BigInt(row.provisional),
    ownMinor: BigInt(row.own),
    differenceMinor: BigInt(row.difference),
  }));
}

type Column =
  'held' | 'liabilities' | 'in_transit' | 'suspense' | 'provisional' | 'own' | 'difference';

/** Of the platform's accounts of those kinds. */
function sumOf(name: Column, kinds: readonly string[]): string {
  const list = kinds.map((kind) => `'${kind}'`).join(', ');
  return `coalesce(sum(balance_minor) filter
    (where wallet_id is null and kind in (${list})), 0) as ${name}`;
}
