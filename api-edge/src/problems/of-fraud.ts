import type { ProblemTable } from './problem-table.ts';

/** Rules, lists and cases. */
export const fraudProblems = {
  invalid_rules: [
    422,
    'Invalid rules',
    'The rule set cannot be used. Each entry of errors says what is wrong, at which place.',
  ],
  not_the_author: [403, 'Not the author', 'Only who drafted the rule set may do this.'],
  approval_required: [
    409,
    'Approval required',
    'The rule set must be submitted by its author and approved by somebody else before.',
  ],
  evidence_required: [
    409,
    'Evidence required',
    'Before it is published the rule set has to run in shadow and through a backtest.',
  ],
  rollout_under_way: [
    409,
    'Rollout under way',
    'Another rule set decides a part of the payments. Publish it whole or roll it back first.',
  ],
  nothing_to_roll_back: [
    409,
    'Nothing to roll back',
    'No rule set was live before the one that is live now.',
  ],
  list_exists: [409, 'List exists', 'There is a list of this name.'],
} as const satisfies ProblemTable;
