import {
  loadListHistory,
  loadRuleSet,
  readLabels,
  type Backtest,
  type Database,
  type Label,
  type ListHistory,
  type RuleSet,
} from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import { isInRollout } from '../fraud/live-rules.ts';
import { velocityPlan, type VelocityPlan } from '../fraud/plan.ts';

/** Everything two sets are judged with, read once before the payments. */
export type Judging = {
  /** The set that would have decided a payment: during a rollout there are two. */
  readonly championOf: (paymentId: string) => RuleSet;
  /** What the report says of what is in force: the rules of both, those of the rollout first. */
  readonly champion: Pick<RuleSet, 'hash' | 'rules'>;
  readonly candidate: RuleSet;
  /** What any of them reads of counters. */
  readonly plan: VelocityPlan;
  readonly lists: ListHistory;
  readonly labelOf: (paymentId: string, acceptedAtMs: number) => Label;
};

const dayMs = 86_400_000;

/** Throws Fault `invalid_rules` when a text of the job does not load any more. */
export async function prepareJudging(
  database: Pick<Database, 'knex'>,
  backtest: Backtest,
): Promise<Judging> {
  const { from, to, maturityDays, rollout } = backtest;
  const champion = loadText(backtest.champion.rules, 'champion');
  const rest = rollout === null ? champion : loadText(rollout.rest.rules, 'rest of the rollout');
  const percent = rollout?.percent ?? 100;
  const candidate = loadText(backtest.candidate.rules, 'candidate');
  // Labels as of the start, so that a job that was interrupted judges all payments alike.
  const knownAt = backtest.startedAt ?? new Date();
  const labels = await readLabels(database.knex, { from, to, knownAt });
  const matureBeforeMs = knownAt.getTime() - maturityDays * dayMs;
  return {
    championOf: (paymentId) =>
      rest === champion || isInRollout(paymentId, champion.hash, percent) ? champion : rest,
    champion: { hash: champion.hash, rules: rulesOf([champion, rest]) },
    ...{ candidate, lists: await loadListHistory(database.knex) },
    plan: velocityPlan({
      features: [champion, rest, candidate].flatMap(({ features }) => features),
    }),
    labelOf: (paymentId, acceptedAtMs) =>
      labels.get(paymentId) ?? (acceptedAtMs <= matureBeforeMs ? 'good' : 'immature'),
  };
}

/** One rule for each name, as the tally counts them. */
function rulesOf(sets: readonly RuleSet[]): RuleSet['rules'] {
  const rules = sets.flatMap((set) => set.rules);
  return rules.filter(({ name }, at) => rules.findIndex((rule) => rule.name === name) === at);
}

function loadText(rules: string, side: string): RuleSet {
  const loaded = loadRuleSet(rules);
  if (loaded.ok) return loaded.ruleSet;
  const [first] = loaded.problems;
  const text = `the ${side} does not load: line ${first?.line}: ${first?.message}`;
  throw new Fault('invalid_rules', text, { retriable: false });
}
