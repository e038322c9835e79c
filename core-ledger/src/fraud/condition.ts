import { Environment, ParseError } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import { compile, Refused } from './compile.ts';
import type { ConditionProblem, Reads } from './compile.ts';
import { findAmbiguity } from './precedence.ts';
import type { Test } from './terms.ts';

/**
 * A condition: a boolean of the CEL subset. The library parses; checking and evaluation are ours,
 * because the checker then knows columns, units and suggestions, and because closures are some
 * twenty times faster than walking the tree. Every construct costs constant time (or time in the
 * length of one bounded text): there are no loops, no regular expressions, no user functions.
 */

/** Keeps one rule below a few microseconds; nobody can read a longer one aloud. */
const limits = { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxCallArguments: 2 };
const maxConditionLength = 4_000;

export type CheckedCondition =
  { ok: true; test: Test; tree: ASTNode; reads: Reads } | { ok: false; problem: ConditionProblem };

const parser = new Environment({ unlistedVariablesAreDyn: true, limits });

/** Parses, checks and compiles one condition. `at` of a problem is an offset into `source`. */
export function checkCondition(source: string): CheckedCondition {
  if (source.length > maxConditionLength) {
    const message = `a condition has at most ${maxConditionLength} characters`;
    return { ok: false, problem: { at: 0, code: 'too_long', message } };
  }
  const reads: Reads = { attributes: new Set(), lists: new Set() };
  try {
    const tree = parser.parse(source).ast;
    const ambiguous = findAmbiguity(tree, source);
    if (ambiguous !== null) {
      const message = 'comparisons side by side need parentheses: (a == b) == c';
      const { start: at } = ambiguous.range;
      return { ok: false, problem: { at, code: 'ambiguous', message } };
    }
    const term = compile(tree, reads);
    if (term.type === 'bool') return { ok: true, test: term.run, tree, reads };
    const message = `a condition is true or false, this is ${term.type}`;
    return { ok: false, problem: { at: tree.range.start, code: 'not_a_boolean', message } };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.problem };
    if (error instanceof ParseError) return { ok: false, problem: syntaxProblem(error, source) };
    throw error;
  }
}

function syntaxProblem(error: ParseError, source: string): ConditionProblem {
  const at = error.range?.start ?? 0;
  const next = source.slice(at);
  const hints: [RegExp, string][] = [
    [/^=/, '; write == to compare'],
    [/^and\b/i, '; write && for and'],
    [/^or\b/i, '; write || for or'],
    [/^&|^\|/, '; write && or ||'],
  ];
  const hint = hints.find(([pattern]) => pattern.test(next))?.[1] ?? '';
  const code = error.code === 'limit_exceeded' ? 'too_complex' : 'syntax';
  return { at, code, message: `${error.summary}${hint}` };
}
