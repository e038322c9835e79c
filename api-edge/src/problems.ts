import { disputeProblems } from './problems/of-disputes.ts';
import { fraudProblems } from './problems/of-fraud.ts';
import { objectProblems } from './problems/of-objects.ts';
import { ownProblems } from './problems/of-ours.ts';
import { requestProblems } from './problems/of-requests.ts';
import { webhookProblems } from './problems/of-webhooks.ts';
import { ticketProblems } from './problems/of-tickets.ts';
import type { ProblemTable } from './problems/problem-table.ts';

/**
 * Every way the API says no: the one registry, served at `GET /errors`. A code is for ever; a
 * detail tells the client what to change and never what we are made of.
 */
export const problems = {
  ...requestProblems,
  ...objectProblems,
  ...disputeProblems,
  ...fraudProblems,
  ...webhookProblems,
  ...ticketProblems,
  ...ownProblems,
} as const satisfies ProblemTable;

export type ProblemCode = keyof typeof problems;

/** One fault of a field, where a JSON Pointer (RFC 6901) says. */
export type FieldError = {
  pointer: string;
  code: ProblemCode;
  detail: string;
  /** Where in a text of many lines, counted from 1 in code points, and what is wrong there. */
  line?: number;
  column?: number;
  rule_problem?: string;
};

/** How a handler says no. Refusals are values; only faults are thrown. */
export type Refusal = {
  readonly problem: ProblemCode;
  /** In place of the registry's detail. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Members beyond those of RFC 9457. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
};

export function refuse(problem: ProblemCode, more: Omit<Refusal, 'problem'> = {}): Refusal {
  return { problem, ...more };
}

/** A refusal that blames one field of the body or query. */
export function refuseField(problem: ProblemCode, pointer: string): Refusal {
  return refuseFields(problem, [pointer]);
}

/** Likewise for several fields. */
export function refuseFields(problem: ProblemCode, pointers: readonly string[]): Refusal {
  const detail = problems[problem][2];
  return { problem, errors: pointers.map((pointer) => ({ pointer, code: problem, detail })) };
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text);
}

/** When to come back after a refusal that time may heal. */
export const retryAfterSeconds: Partial<Record<ProblemCode, number>> = {
  idempotency_key_in_use: 1,
  too_many_streams: 5,
  overloaded: 1,
  unavailable: 1,
  state_unavailable: 1,
};

/** The document of RFC 9457. `type` leads to the registry. */
export function problemDocument(
  refusal: Refusal,
  request: { path: string; requestId: string },
): Record<string, unknown> {
  const [status, title, detail] = problems[refusal.problem];
  return {
    type: `/errors/${refusal.problem}`,
    title,
    status,
    detail: refusal.detail ?? detail,
    instance: request.path,
    code: refusal.problem,
    request_id: request.requestId,
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
    ...refusal.extensions,
  };
}
