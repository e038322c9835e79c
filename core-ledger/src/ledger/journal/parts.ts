import type { Queryable } from '../../database/database.ts';

/** One part of the journal: the entries posted in [from, until). */
export type JournalPart = {
  readonly name: string;
  /** Milliseconds since 1970; minus infinity for the part with what was there before parts. */
  readonly fromMs: number;
  readonly untilMs: number;
};

/** Held by whoever makes or takes away parts; any constant of our own. */
const partsLock = 7_305_004;

/**
 * Longest wait for a lock, which is also the longest that writers can be held up behind the
 * waiting: whoever did not get it in time tries again later.
 */
const lockTimeout = '1s';

/** The parts of the journal, oldest first, and the database's own time in milliseconds. */
export async function listParts(
  db: Queryable,
): Promise<{ parts: readonly JournalPart[]; nowMs: number }> {
  const found = await db.raw<{ rows: Row[] }>(
    `select c.relname as name, extract(epoch from b.first) * 1000 as from_ms,
       extract(epoch from b.until) * 1000 as until_ms, extract(epoch from now()) * 1000 as now_ms
     from (select) one
     left join pg_inherits i on i.inhparent = 'public.entry'::regclass
     left join pg_class c on c.oid = i.inhrelid
     left join lateral (
       select substring(bound from 'FROM \\(''([^'']+)''')::timestamptz as first,
         substring(bound from 'TO \\(''([^'']+)''')::timestamptz as until
       from pg_get_expr(c.relpartbound, c.oid) as bound
     ) b on true
     order by b.until`,
  );
  const parts = found.rows.flatMap(({ name, from_ms: fromMs, until_ms: untilMs }) =>
    name === null
      ? []
      : [{ name, fromMs: fromMs === null ? -Infinity : Number(fromMs), untilMs: Number(untilMs) }],
  );
  return { parts, nowMs: Number(found.rows[0]?.now_ms) };
}

type Row = {
  name: string | null;
  from_ms: string | null;
  until_ms: string | null;
  now_ms: string;
};

/** Runs `change` in a transaction, alone among those who change the parts of the journal. */
export async function changeParts<Result>(
  db: Queryable,
  change: (trx: Queryable) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (trx) => {
    await trx.raw(`set local lock_timeout = '${lockTimeout}'`);
    await trx.raw('select pg_advisory_xact_lock(?)', [partsLock]);
    return change(trx);
  });
}
