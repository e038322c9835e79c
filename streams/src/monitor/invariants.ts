import { monotonicMs, type Clock, type LabelsOf, type Log, type Metrics } from '@wallet/runtime';

/** One invariant of the ledger and how to check it against the database as it is now. */
export type InvariantCheck = {
  id: LabelsOf<'wallet_invariant_violations'>['id'];
  /** Counts what breaks it and names the first few. Throws when the check could not be finished. */
  check(): Promise<{ violations: number; examples: readonly string[] }>;
};

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

  const checkOne = async ({ id, check }: InvariantCheck): Promise<void> => {
    const startMs = monotonicMs();
    const { violations, examples } = await check();
    const seconds = (monotonicMs() - startMs) / 1000;
    metrics.set('wallet_invariant_check_duration_seconds', { id }, seconds);
    metrics.set('wallet_invariant_violations', { id }, violations);
    const nowSeconds = clock.nowMs() / 1000;
    metrics.set('wallet_invariant_last_success_timestamp_seconds', { id }, nowSeconds);
    if (violations > 0) {
      log.error({ invariant: id, violations, examples }, 'an invariant is broken');
    }
  };

  return async () => {
    const failures: unknown[] = [];
    for (const invariant of invariants) {
      await checkOne(invariant).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} invariants could not be checked`);
    }
  };
}
