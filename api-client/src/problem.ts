import type { components } from './api.generated.ts';

/** RFC 9457, as the API writes every refusal. */
export type Problem = components['schemas']['Problem'];
/** Stable words; `GET /errors/{code}` explains each. New ones may come. */
export type ProblemCode = components['schemas']['ProblemCode'];

/** A refusal as something to throw. */
export class WalletProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail} (${problem.request_id})`);
    this.name = 'WalletProblem';
    this.problem = problem;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }
}

/** Is it a refusal, and, when a code is given, that one? */
export function isProblem(value: unknown, code?: ProblemCode): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { code: found, request_id: requestId } = value as Record<string, unknown>;
  return typeof requestId === 'string' && (code === undefined ? true : found === code);
}
