import type { ProblemTable } from './problem-table.ts';

/** What is our doing, or our limit. */
export const ownProblems = {
  rate_limited: [
    429,
    'Rate limited',
    'More requests than the RateLimit-Policy header allows. Repeat with the same key later.',
  ],
  too_many_streams: [
    429,
    'Too many streams',
    'More streams are open for you than one caller may have. Close one.',
  ],
  overloaded: [
    503,
    'Overloaded',
    'Not accepted for lack of room. Repeat with the same key after Retry-After.',
  ],
  unavailable: [
    503,
    'Unavailable',
    'Something this operation needs does not answer. Repeat it after Retry-After.',
  ],
  state_unavailable: [
    503,
    'State unavailable',
    'The object was accepted, but its state cannot be read yet. Ask again after Retry-After.',
  ],
  internal_error: [
    500,
    'Internal error',
    'Our fault. Repeat with the same key, or tell support the request_id.',
  ],
} as const satisfies ProblemTable;
