import {
  catalogueVersion,
  engineVersion,
  type Lists,
  type RuleSet,
  type ScreenedPayment,
} from '@wallet/core-ledger';
import type { Decision } from '@wallet/schemas';

/**
 * Decides one payment. Pure: the live processor, a dry run and a replay give one decision for one
 * input.
 * @param input.features in catalogue order, NaN for what is not there
 * @param input.degraded counters of the wanted entities could not be read
 * @param input.decidedAtMs only recorded, never compared
 */
export function scorePayment(input: {
  payment: ScreenedPayment;
  features: Float64Array;
  degraded: boolean;
  decidedAtMs: number;
  ruleSet: RuleSet;
  lists: Lists;
}): Decision {
  const { payment, features, degraded, lists, ruleSet } = input;
  const amountMinor = Number(payment.amount_minor);
  const facts = { payment, amountMinor, features, lists, missing: '' };
  const { outcome, score, findings } = ruleSet.evaluate(facts, degraded);
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
  };
}

/** As a decision keeps them: whole numbers, null for what was not there. */
function recorded(features: Float64Array): (bigint | null)[] {
  const values = new Array<bigint | null>(features.length);
  for (let index = 0; index < features.length; index += 1) {
    const value = features[index] ?? NaN;
    values[index] = Number.isNaN(value) ? null : BigInt(value);
  }
  return values;
}
