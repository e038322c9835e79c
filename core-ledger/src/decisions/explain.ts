import type { Queryable } from '../database/database.ts';
import { catalogueVersionOf, features } from '../fraud/catalogue.ts';
import type { Finding, Outcome, RuleSet, ScreenedPayment, Verdict } from '../fraud/facts.ts';
import { engineVersion, loadRuleSet } from '../fraud/ruleset.ts';
import type { ListHistory } from '../lists/history.ts';
import { findRuleSetText } from '../rulesets/store.ts';

/** A decision as it was recorded; the wire's record has this shape. */
export type RecordedDecision = {
  readonly outcome: Outcome;
  readonly score: number;
  readonly degraded: boolean;
  readonly decided_at: number;
  readonly ruleset_hash: string;
  readonly engine_version: string;
  readonly catalogue_version: string;
  readonly lists_version: number;
  readonly findings: readonly {
    readonly rule: string;
    readonly action: string;
    readonly result: Finding['result'];
    readonly missing: string | null;
  }[];
  readonly features: readonly (bigint | null)[];
};

export type Explanation =
  | { readonly result: 'match'; readonly verdict: Verdict }
  /** Evaluated again it comes out otherwise: `differences` names what. */
  | {
      readonly result: 'mismatch';
      readonly verdict: Verdict;
      readonly differences: readonly string[];
    }
  /** It was made by an engine, a catalogue or a text that is not here. */
  | { readonly result: 'not_comparable'; readonly why: string };

/**
 * Evaluates a decision again: its recorded features, the lists as they were, the text of the rule
 * set that decided. Must match to the bit; anything else means that a decision cannot be trusted.
 * @param ruleSet with the decision's hash; null when nobody kept it
 */
export function explainDecision(
  payment: ScreenedPayment,
  decision: RecordedDecision,
  { ruleSet, lists }: { ruleSet: RuleSet | null; lists: ListHistory },
): Explanation {
  if (decision.engine_version !== engineVersion)
    return { result: 'not_comparable', why: `engine ${decision.engine_version} decided` };
  if (!isOfThisCatalogue(decision.catalogue_version))
    return { result: 'not_comparable', why: `catalogue ${decision.catalogue_version} is unknown` };
  if (ruleSet === null)
    return { result: 'not_comparable', why: `nobody kept the set ${decision.ruleset_hash}` };
  const facts = {
    ...{ payment, amountMinor: Number(payment.amount_minor), missing: '' },
    features: valuesOf(decision.features),
    lists: lists.atVersion(decision.lists_version, decision.decided_at),
  };
  const verdict = ruleSet.evaluate(facts, decision.degraded);
  const differences = differencesOf(decision, { ...verdict, hash: ruleSet.hash });
  if (differences.length === 0) return { result: 'match', verdict };
  return { result: 'mismatch', verdict, differences };
}

const catalogues = new Set(features.map((_, index) => catalogueVersionOf(index + 1)));

/** The catalogue is only ever added to: an older one is the beginning of this one. */
function isOfThisCatalogue(version: string): boolean {
  return catalogues.has(version);
}

function valuesOf(recorded: RecordedDecision['features']): Float64Array {
  const values = new Float64Array(features.length).fill(NaN);
  recorded.slice(0, values.length).forEach((value, index) => {
    if (value !== null) values[index] = Number(value);
  });
  return values;
}

function differencesOf(decision: RecordedDecision, again: Verdict & { hash: string }): string[] {
  const pairs: [string, unknown, unknown][] = [
    ['ruleset_hash', decision.ruleset_hash, again.hash],
    ['outcome', decision.outcome, again.outcome],
    ['score', decision.score, again.score],
    ['findings', decision.findings.map(wordsOf), again.findings.map(wordsOf)],
  ];
  return pairs.flatMap(([name, recorded, now]) => {
    const [was, is] = [JSON.stringify(recorded), JSON.stringify(now)];
    return was === is ? [] : [`${name}: recorded ${was}, now ${is}`];
  });
}

function wordsOf({ rule, action, result, missing }: RecordedDecision['findings'][number]) {
  return [rule, action, result, missing];
}

/** The set behind the hash of a decision; null when it is not kept or this engine cannot use it. */
export async function findDecidingRules(db: Queryable, hash: string): Promise<RuleSet | null> {
  const text = await findRuleSetText(db, hash);
  const loaded = text === null ? null : loadRuleSet(text);
  return loaded?.ok === true ? loaded.ruleSet : null;
}
