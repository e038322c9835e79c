import type { Queryable } from '../database/database.ts';

/** How far one look at an invariant goes. */
export type Pass = {
  /** By the database's clock: what was written before was found good, and is only extended. */
  readonly time: string;
  /** Everything is to be looked at; `time` is before all. */
  readonly full: boolean;
};

export type Finding = {
  /** Rows that break the invariant. */
  readonly violations: number;
  /** The first of them: what it is and what is wrong with it. */
  readonly examples: readonly string[];
};

const namedExamples = 5;

/**
 * `lookBackMs` before now, milliseconds; null for everything. Now is the database's: the writers of
 * rows and who looks at them may disagree about the time by hours.
 */
export async function beginPass(db: Queryable, lookBackMs: number | null): Promise<Pass> {
  if (lookBackMs === null) return { time: '-infinity', full: true };
  const found = await db.raw<{ rows: { time: string }[] }>(
    `select (statement_timestamp() - ?::float8 * interval '1 millisecond')::text as time`,
    [lookBackMs],
  );
  return { time: found.rows[0]?.time ?? '-infinity', full: false };
}

/** Runs a query that answers bad rows as (row, detail); bindings are those of the pass. */
export async function findRows(db: Queryable, sql: string, pass: Pass): Promise<Finding> {
  const found = await db.raw<{ rows: { violations: string; row: string; detail: string }[] }>(
    `select count(*) over () as violations, bad.row, bad.detail
     from (${sql}) bad order by bad.row limit ${namedExamples}`,
    pass,
  );
  return {
    violations: Number(found.rows[0]?.violations ?? 0),
    examples: found.rows.map(({ row, detail }) => `${row}: ${detail}`),
  };
}
