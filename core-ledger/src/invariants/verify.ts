import type { Queryable } from '../database/database.ts';
import { invariants } from './invariants.ts';
import type { Invariant } from './invariants.ts';
import { beginPass } from './pass.ts';
import type { Finding } from './pass.ts';

export type InvariantResult = Finding & Pick<Invariant, 'id' | 'title'>;

/**
 * Checks one invariant. `lookBackMs` limits it to what was written in the last so many milliseconds
 * by the database's clock; null looks at everything, for which the database needs a generous
 * `longestStatementMs`. Faults: those of the database.
 */
export async function checkInvariant(
  db: Queryable,
  invariant: Invariant,
  lookBackMs: number | null,
): Promise<InvariantResult> {
  const pass = await beginPass(db, lookBackMs);
  const { id, title } = invariant;
  return { id, title, ...(await invariant.find(db, pass)) };
}

/** Checks every invariant, one after the other so that the verifier never crowds out the others. */
export async function verifyInvariants(
  db: Queryable,
  options: { lookBackMs: number | null } = { lookBackMs: null },
): Promise<InvariantResult[]> {
  const results: InvariantResult[] = [];
  for (const invariant of invariants) {
    results.push(await checkInvariant(db, invariant, options.lookBackMs));
  }
  return results;
}
