import type { Action, Facts, Finding, MissingPolicy, Outcome, Settings, Verdict } from './facts.ts';
import { no, yes } from './terms.ts';
import type { Test } from './terms.ts';

/** A rule as the hot path sees it. */
export type EvaluatedRule = {
  name: string;
  action: Action;
  score: number;
  onMissing: MissingPolicy;
  test: Test;
  /** Whether some input of it comes from the velocity store. */
  readsCounters: boolean;
};

/** How many rules (or policies) speak for each action. */
export type Votes = Record<Action, number>;

/**
 * The one precedence: hard_block > allow > block > review > score thresholds. An allow lifts
 * everything but a hard block.
 */
export function outcomeOf(
  votes: Votes,
  score: number,
  settings: Pick<Settings, 'reviewAtScore' | 'blockAtScore'>,
): Outcome {
  if (votes.hard_block > 0) return 'block';
  if (votes.allow > 0) return 'approve';
  if (votes.block > 0) return 'block';
  if (votes.review > 0) return 'review';
  if (settings.blockAtScore !== null && score >= settings.blockAtScore) return 'block';
  return score >= settings.reviewAtScore ? 'review' : 'approve';
}

/**
 * Evaluates every rule. When counters could not be read (`degraded`) and some rule that needs them
 * stays open, the set's policy speaks too: review from its amount. Rules that are decided without
 * counters (lists, amounts) hold as ever.
 */
export function evaluateRules(
  rules: readonly EvaluatedRule[],
  settings: Settings,
  facts: Facts,
  degraded: boolean,
): Verdict {
  const votes: Votes = { hard_block: 0, allow: 0, block: 0, review: 0, score: 0 };
  const findings: Finding[] = [];
  let score = 0;
  let open = false;
  for (const { name, action, score: points, onMissing, test, readsCounters } of rules) {
    const truth = test(facts);
    if (truth === no) continue;
    if (truth === yes) {
      votes[action] += 1;
      score += points;
      findings.push({ rule: name, action, result: 'match', missing: null });
      continue;
    }
    open ||= readsCounters;
    if (onMissing !== 'skip') votes[onMissing] += 1;
    findings.push({ rule: name, action, result: 'not_evaluated', missing: facts.missing });
  }
  if (degraded && open && facts.amountMinor >= settings.degradedReviewFromMinor) votes.review += 1;
  return { outcome: outcomeOf(votes, score, settings), score, findings };
}
