import {
  catalogueVersion,
  engineVersion,
  type Lists,
  type RuleSet,
  type ScreenedPayment,
} from '@wallet/core-ledger';
import type { Decision } from '@wallet/schemas';

export type ScoringInput = {
  payment: ScreenedPayment;
  /** In catalogue order, NaN for what is not there. */
  features: Float64Array;
  /** Counters that some rule wants could not be read. */
  degraded: boolean;
  /** When `lists` were looked at; rules never see it. */
  decidedAtMs: number;
  ruleSet: RuleSet;
  lists: Lists;
  listsVersion: number;
  /** How long the counters took, microseconds; only recorded. */
  countersUs: number;
};

/**
 * Decides one payment: the live processor, shadow sets, a dry run and a replay give one decision
 * for one input, whatever the time. Only `evaluation_us` differs.
 */
export function scorePayment(input: ScoringInput): Decision {
  const { payment, features, degraded, lists, ruleSet } = input;
  const amountMinor = Number(payment.amount_minor);
  const facts = { payment, amountMinor, features, lists, missing: '' };
  const startedMs = performance.now();
  const { outcome, score, findings } = ruleSet.evaluate(facts, degraded);
  const evaluationUs = Math.round((performance.now() - startedMs) * 1_000);
  return {
    outcome,
    score,
    degraded,
    decided_at: input.decidedAtMs,
    ruleset_hash: ruleSet.hash,
    engine_version: engineVersion,
    catalogue_version: catalogueVersion,
    findings,
    features: recorded(features),
    lists_version: input.listsVersion,
    counters_us: input.countersUs,
    evaluation_us: evaluationUs,
  };
}

/** As a decision keeps them: null for what was not there; nulls at the end are left out. */
function recorded(features: Float64Array): (bigint | null)[] {
  let length = features.length;
  while (length > 0 && Number.isNaN(features[length - 1])) length -= 1;
  const values = new Array<bigint | null>(length);
  for (let index = 0; index < length; index += 1) {
    const value = features[index] ?? NaN;
    values[index] = Number.isNaN(value) ? null : BigInt(value);
  }
  return values;
}
