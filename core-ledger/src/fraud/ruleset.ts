import { createHash } from 'node:crypto';
import { serialize } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import { attributes, featuresReadBy } from './attributes.ts';
import { checkCondition } from './condition.ts';
import { costOf, maxSetCost } from './cost.ts';
import type { Reads } from './compile.ts';
import { evaluateRules } from './evaluate.ts';
import type { EvaluatedRule } from './evaluate.ts';
import type { LoadResult, Rule, RuleProblem, RuleSet } from './facts.ts';
import { createProblemAt, readSentences } from './sentences.ts';
import type { RuleSentence } from './sentences.ts';
import { readSettings } from './settings.ts';

/** Part of every decision: raised whenever the same rule set could come to another verdict. */
export const engineVersion = '1';

const maxRules = 200;
const maxTextLength = 64 * 1024;

type CheckedRule = { rule: Rule; evaluated: EvaluatedRule; tree: ASTNode; reads: Reads };

/**
 * Reads, checks and compiles the text of a rule set. Refuses the whole set with every problem found
 * (one for each sentence); accepts it only when each rule is bounded in time.
 */
export function loadRuleSet(text: string): LoadResult {
  const problemAt = createProblemAt(text);
  if (text.length > maxTextLength) {
    const message = `a rule set has at most ${maxTextLength} characters`;
    return { ok: false, problems: [problemAt(0, 'too_long', message)] };
  }
  const sentences = readSentences(text);
  const { settings, problems: settingProblems } = readSettings(sentences.settings, problemAt);
  const problems = [...sentences.problems, ...settingProblems];
  if (sentences.rules.length > maxRules)
    problems.push(problemAt(0, 'too_many_rules', `a rule set has at most ${maxRules} rules`));
  const checked = checkRules(sentences.rules, problemAt, problems);
  if (problems.length > 0) {
    problems.sort((a, b) => a.line - b.line || a.column - b.column);
    return { ok: false, problems };
  }
  return { ok: true, ruleSet: assemble(checked, settings) };
}

function checkRules(
  sentences: readonly RuleSentence[],
  problemAt: ReturnType<typeof createProblemAt>,
  problems: RuleProblem[],
): CheckedRule[] {
  const seen = new Set<string>();
  const checked: CheckedRule[] = [];
  let cost = 0;
  for (const sentence of sentences.slice(0, maxRules)) {
    const { name, action, score, onMissing, source } = sentence;
    if (seen.has(name))
      problems.push(problemAt(sentence.at, 'duplicate_name', `two rules are called "${name}"`));
    seen.add(name);
    const condition = checkCondition(sentence.condition);
    if (!condition.ok) {
      const { at, code, message } = condition.problem;
      problems.push(problemAt(sentence.conditionAt + at, code, message));
      continue;
    }
    const { test, tree, reads } = condition;
    const isFirstTooMany = cost <= maxSetCost;
    cost += costOf(tree);
    if (cost > maxSetCost && isFirstTooMany) {
      const message = `from here on the set has more than ${maxSetCost} nodes in its conditions`;
      problems.push(problemAt(sentence.at, 'too_costly', message));
    }
    const readsCounters = featuresOf(reads).length > 0;
    const evaluated = { name, action, score, onMissing, test, readsCounters };
    checked.push({ rule: { name, action, score, onMissing, source }, evaluated, tree, reads });
  }
  return checked;
}

function featuresOf(reads: Reads): number[] {
  return [...reads.attributes].flatMap((name) => {
    const attribute = attributes.get(name);
    return attribute === undefined ? [] : featuresReadBy(attribute);
  });
}

function assemble(checked: readonly CheckedRule[], settings: RuleSet['settings']): RuleSet {
  // Rules are unordered: sets of one meaning have one hash and list their findings alike.
  const byName = [...checked].sort((a, b) => (a.rule.name < b.rule.name ? -1 : 1));
  const evaluated = byName.map((rule) => rule.evaluated);
  const read = new Set(checked.flatMap(({ reads }) => featuresOf(reads)));
  return Object.freeze({
    hash: hashOf(byName, settings),
    settings: Object.freeze(settings),
    rules: checked.map(({ rule }) => Object.freeze(rule)),
    features: [...read].sort((a, b) => a - b),
    lists: [...new Set(checked.flatMap(({ reads }) => [...reads.lists]))].sort(),
    evaluate: (facts, degraded) => evaluateRules(evaluated, settings, facts, degraded),
  } satisfies RuleSet);
}

function hashOf(rules: readonly CheckedRule[], settings: RuleSet['settings']): string {
  const canonical = {
    settings: Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)),
    rules: rules.map(({ rule: { name, action, score, onMissing }, tree }) => [
      name,
      action,
      score,
      onMissing,
      serialize(tree),
    ]),
  };
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
