import { monotonicMs, type Clock, type LabelsOf, type Log, type Metrics } from '@wallet/runtime';

/** One invariant of the ledger and how to check it against the database as it is now. */
export type InvariantCheck = {
  id: LabelsOf<'wallet_invariant_violations'>['id'];
  /**
   * Counts what breaks it and names the first few.
   * @param lookBackMs looks at what was written in so many milliseconds; null looks at everything
   * @throws when the check could not be finished
   */
  check(lookBackMs: number | null): Promise<{ violations: number; examples: readonly string[] }>;
};

/** A recent pass looks this far behind the last one: rows are older than their commit. */
const overlapMs = 60_000;
/**
 * A full pass may take a twentieth of the time: every round on a small ledger, rarely on a large
 * one. In between recent passes extend, by induction, what was found good.
 */
const roundsPerFullPass = 20;

/** Once full passes took so long in a round, what else is due in full waits for the next. */
const longestFullMs = 20_000;

type Past = { seenUpToMs: number; fullAtMs: number; fullTookMs: number; broken: boolean };

/**
 * Checks every invariant, one after the other so that the verifier never crowds out the pipeline.
 * One that cannot be checked keeps its old time stamp, which is what the alert looks at; the others
 * are checked all the same.
 * @returns a look that throws when some check could not be finished
 */
export function createInvariantLook(options: {
  invariants: readonly InvariantCheck[];
  log: Log;
  metrics: Metrics;
  clock: Clock;
}): () => Promise<void> {
  const { invariants, log, metrics, clock } = options;
  const past = new Map<InvariantCheck['id'], Past>();
  let fullMs = 0;
  // One that can never be checked must grow old like the others.
  for (const { id } of invariants) {
    const seconds = clock.nowMs() / 1000;
    metrics.set('wallet_invariant_last_success_timestamp_seconds', { id }, seconds);
    metrics.set('wallet_invariant_last_full_success_timestamp_seconds', { id }, seconds);
  }

  const checkOne = async ({ id, check }: InvariantCheck): Promise<void> => {
    const nowMs = clock.nowMs();
    const lookBackMs = howFarBack(past.get(id), nowMs, fullMs < longestFullMs);
    const startMs = monotonicMs();
    const { violations, examples } = await check(lookBackMs);
    const tookMs = monotonicMs() - startMs;
    if (lookBackMs === null) fullMs += tookMs;
    past.set(id, {
      ...{ seenUpToMs: nowMs, broken: violations > 0 },
      fullAtMs: lookBackMs === null ? nowMs : (past.get(id)?.fullAtMs ?? 0),
      fullTookMs: lookBackMs === null ? tookMs : (past.get(id)?.fullTookMs ?? 0),
    });
    metrics.set('wallet_invariant_check_duration_seconds', { id }, tookMs / 1000);
    metrics.set('wallet_invariant_violations', { id }, violations);
    const seconds = clock.nowMs() / 1000;
    metrics.set('wallet_invariant_last_success_timestamp_seconds', { id }, seconds);
    if (lookBackMs === null) {
      metrics.set('wallet_invariant_last_full_success_timestamp_seconds', { id }, seconds);
    }
    if (violations > 0) {
      log.error({ invariant: id, violations, examples }, 'an invariant is broken');
    }
  };

  return async () => {
    const failures: unknown[] = [];
    fullMs = 0;
    for (const invariant of invariants) {
      await checkOne(invariant).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} invariants could not be checked`);
    }
  };
}

/**
 * Null for a full pass. What was found broken is looked at in full until it is mended, and all of
 * it when the clock was set back.
 */
function howFarBack(past: Past | undefined, nowMs: number, mayBeFull: boolean): number | null {
  if (past === undefined || past.broken || nowMs < past.seenUpToMs) return null;
  const fullIsDue = nowMs - past.fullAtMs >= past.fullTookMs * roundsPerFullPass;
  return fullIsDue && mayBeFull ? null : nowMs - past.seenUpToMs + overlapMs;
}
