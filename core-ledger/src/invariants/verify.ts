import type { Queryable } from '../database/database.ts';
import { invariants } from './invariants.ts';
import type { Invariant } from './invariants.ts';

export type InvariantResult = {
  readonly id: Invariant['id'];
  readonly title: string;
  /** Rows that break it. */
  readonly violations: number;
  /** The first of them: what it is and what is wrong with it. */
  readonly examples: readonly string[];
};

const namedExamples = 5;
const beginningOfTime = 0;

/**
 * Checks one invariant in one snapshot. `sinceMs` limits it to what was accepted after that
 * moment (milliseconds since 1970); null looks at everything, for which the database needs a
 * generous `longestStatementMs`. Faults: those of the database.
 */
export async function checkInvariant(
  db: Queryable,
  invariant: Invariant,
  sinceMs: number | null,
): Promise<InvariantResult> {
  const bindings = {
    since: firstIdAfter(sinceMs ?? beginningOfTime),
    time: new Date(sinceMs ?? beginningOfTime).toISOString(),
    full: sinceMs === null,
  };
  const { id, title, sql } = invariant;
  const found = await db.raw<{ rows: { violations: string; row: string; detail: string }[] }>(
    `select count(*) over () as violations, bad.row, bad.detail
     from (${sql}) bad order by bad.row limit ${namedExamples}`,
    bindings,
  );
  return {
    id,
    title,
    violations: Number(found.rows[0]?.violations ?? 0),
    examples: found.rows.map(({ row, detail }) => `${row}: ${detail}`),
  };
}

/** Checks every invariant, one after the other so that the verifier never crowds out the others. */
export async function verifyInvariants(
  db: Queryable,
  options: { sinceMs: number | null } = { sinceMs: null },
): Promise<InvariantResult[]> {
  const results: InvariantResult[] = [];
  for (const invariant of invariants) {
    results.push(await checkInvariant(db, invariant, options.sinceMs));
  }
  return results;
}

/** Transfer ids begin with the time of acceptance. */
function firstIdAfter(ms: number): string {
  const time = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-0000-0000-000000000000`;
}
