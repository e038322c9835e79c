import type { RuleProblem, Settings } from './facts.ts';
import { nearest } from './nearest.ts';
import type { createProblemAt, SettingSentence } from './sentences.ts';

type Declared = { field: keyof Settings; min: number; max: number } | { field: 'version' };

const declared: Record<string, Declared> = {
  version: { field: 'version' },
  review_at_score: { field: 'reviewAtScore', min: 1, max: 1_000_000 },
  block_at_score: { field: 'blockAtScore', min: 1, max: 1_000_000 },
  degraded_review_from_minor: {
    field: 'degradedReviewFromMinor',
    min: 0,
    max: 1_000_000_000_000_000,
  },
  velocity_deadline_ms: { field: 'velocityDeadlineMs', min: 1, max: 1_000 },
};

/** What a set says that does not speak of it: the policy of the shipped set. */
const defaults: Settings = {
  version: '',
  reviewAtScore: 60,
  blockAtScore: null,
  degradedReviewFromMinor: 10_000,
  velocityDeadlineMs: 50,
};

/** Settings of a rule set over the defaults, with a problem for each that cannot be. */
export function readSettings(
  sentences: readonly SettingSentence[],
  problemAt: ReturnType<typeof createProblemAt>,
): { settings: Settings; problems: RuleProblem[] } {
  const problems: RuleProblem[] = [];
  const given = new Map<keyof Settings, string | number>();
  for (const { key, value, at, valueAt } of sentences) {
    const known = Object.hasOwn(declared, key) ? declared[key] : undefined;
    if (known === undefined) {
      const message = `unknown setting ${key}${nearest(key, Object.keys(declared))}`;
      problems.push(problemAt(at, 'unknown_setting', message));
    } else if (given.has(known.field)) {
      problems.push(problemAt(at, 'duplicate_setting', `${key} is set twice`));
    } else if (!isValid(known, value)) {
      problems.push(problemAt(valueAt, 'invalid_setting', `${key} is ${describe(known)}`));
    } else {
      given.set(known.field, value);
    }
  }
  return { settings: { ...defaults, ...Object.fromEntries(given) }, problems };
}

function isValid(known: Declared, value: string | number): boolean {
  if (!('min' in known)) return typeof value === 'string' && value.length <= 64;
  return typeof value === 'number' && value >= known.min && value <= known.max;
}

function describe(known: Declared): string {
  return 'min' in known ? `a whole number from ${known.min} to ${known.max}` : 'a text in quotes';
}
