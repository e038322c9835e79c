import { findAction, type Database } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import { refuse, type ProblemCode } from '../problems.ts';
import { actionSchemaOf, shownAction } from './action.ts';

const actionSchemas = {
  payment: actionSchemaOf('payment'),
  refund: actionSchemaOf('refund'),
  dispute: actionSchemaOf('dispute'),
  withdrawal: actionSchemaOf('withdrawal'),
  ticket: actionSchemaOf('ticket'),
  settlement: actionSchemaOf('settlement'),
  settlement_window: actionSchemaOf('settlement_window'),
  bank_statement: actionSchemaOf('bank_statement'),
} as const;

/** What every operation that asks for an action answers. */
export function actionResponses(noun: keyof typeof actionSchemas) {
  return acceptedResponses(actionSchemas[noun]);
}

/** What the ledger may still refuse after an action was accepted stands in `failure_code`. */
export const actionErrors = [
  'invalid_state',
  'not_allowed_for_party',
] as const satisfies readonly ProblemCode[];

/** Seeing what became of an action. */
export function actionRoutes(route: Route, { db }: { db: Database }): void {
  route({
    method: 'get',
    path: '/actions/{id}',
    tag: 'actions',
    summary: 'See what became of an action',
    description:
      'Whoever asked for it sees it, once it is decided. What it changed is on the object itself.',
    scope: 'session',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: {
      200: {
        description: 'The action as it was decided.',
        schema: z.union(Object.values(actionSchemas)),
      },
    },
    errors: [],
    async handler({ caller, params }) {
      const view = await findAction(db.knex, params.id.toLowerCase());
      if (view?.actorId !== caller.userId) return refuse('not_found');
      return { status: 200, body: shownAction(view) };
    },
  });
}
