import {
  createDraft,
  editDraft,
  findChanges,
  findRuleSet,
  listRuleSets,
  ruleSetStatuses,
  type Actor,
  type Database,
  type RuleSetResult,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { historyPage, historyPageSchema } from '../history/history.ts';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';
import { diffRuleSets, ruleSetDiffSchema } from './ruleset-diff.ts';
import { refuseRuleSet, rulesText, ruleSetRowSchema, ruleSetSchema } from './ruleset.ts';
import { shownLive, shownRow, shownRuleSet, liveSchema } from './ruleset.ts';

export type RuleSetDependencies = { db: Database; cursors: Cursors };

export const ruleSetParams = z.object({ id: fields.id() });
export const ruleSetOperation = { tag: 'fraud', idempotent: false } as const;

const name = () => fields.text(100).meta({ example: 'card testing, stricter' });

/** Who acts, for the record. */
export function actorOf({ caller, requestId }: { caller: Caller; requestId: string }): Actor {
  return { id: caller.userId, role: caller.role, requestId };
}

/** Answers what became of a step: the set as it is now, or why not. */
export async function answerRuleSet(
  db: Database,
  result: RuleSetResult,
  status = 200,
): Promise<Answer> {
  if (!result.ok) return refuseRuleSet(result);
  const { ruleSet } = result;
  const headers = status === 201 ? { headers: { Location: `/fraud/rulesets/${ruleSet.id}` } } : {};
  return { status, body: await shownRuleSet(db.knex, ruleSet), ...headers };
}

/** Writing rule sets, and reading them. */
export function ruleSetRoutes(route: Route, { db, cursors }: RuleSetDependencies): void {
  route({
    ...ruleSetOperation,
    method: 'post',
    path: '/fraud/rulesets',
    summary: 'Draft a rule set',
    description:
      'A draft is checked when it is saved: what cannot be used is refused, with places.',
    scope: 'fraud:write',
    body: z
      .strictObject({ name: name(), rules: rulesText(), based_on: fields.id().optional() })
      .meta({ id: 'RuleSetRequest' }),
    responses: { 201: { description: 'The draft.', schema: ruleSetSchema, headers: ['Location'] } },
    errors: ['invalid_rules', 'not_found'],
    async handler({ body, ...call }) {
      const draft = { name: body.name, rules: body.rules, basedOn: body.based_on };
      return answerRuleSet(db, await createDraft(db, draft, actorOf(call)), 201);
    },
  });
  route({
    ...ruleSetOperation,
    method: 'put',
    path: '/fraud/rulesets/{id}',
    summary: 'Change a draft of yours',
    scope: 'fraud:write',
    params: ruleSetParams,
    body: z.strictObject({ name: name(), rules: rulesText() }).meta({ id: 'RuleSetChange' }),
    responses: { 200: { description: 'The draft as it is now.', schema: ruleSetSchema } },
    errors: ['invalid_rules', 'invalid_state', 'not_the_author'],
    async handler({ body, params, ...call }) {
      return answerRuleSet(db, await editDraft(db, params.id, body, actorOf(call)));
    },
  });
  ruleSetReadRoutes(route, { db, cursors });
}

const idOf = ({ id }: { id: string }): string => id;

const listQuery = pageQuery.extend({
  status: z
    .enum(ruleSetStatuses)
    .optional()
    .meta({ description: 'Only these.', example: 'approved' }),
});

function ruleSetReadRoutes(route: Route, { db, cursors }: RuleSetDependencies): void {
  const operation = { ...ruleSetOperation, method: 'get', scope: 'fraud:read' } as const;
  route({
    ...operation,
    path: '/fraud/rulesets',
    summary: 'List rule sets',
    query: listQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(ruleSetRowSchema, 'RuleSetPage') },
    },
    errors: ['invalid_cursor'],
    handler: ({ query: { status, ...page } }) =>
      answerPage(cursors, {
        ...{ scope: `rulesets|${status ?? ''}`, page, positionOf: idOf, shown: shownRow },
        load: (after, limit) => listRuleSets(db.knex, { status, after, limit }),
      }),
  });
  route({
    ...operation,
    path: '/fraud/rulesets/live',
    summary: 'See what is in force',
    responses: { 200: { description: 'The live set.', schema: liveSchema } },
    errors: [],
    async handler() {
      const live = await shownLive(db.knex);
      // A deploy publishes the first one: it is still to come.
      return live === null ? refuse('unavailable') : { status: 200, body: live };
    },
  });
  route({
    ...operation,
    path: '/fraud/rulesets/{id}',
    summary: 'See a rule set',
    params: ruleSetParams,
    responses: { 200: { description: 'The set.', schema: ruleSetSchema } },
    errors: [],
    async handler({ params }) {
      const stored = await findRuleSet(db.knex, params.id);
      if (stored === null) return refuse('not_found');
      return { status: 200, body: await shownRuleSet(db.knex, stored) };
    },
  });
  route({
    ...operation,
    path: '/fraud/rulesets/{id}/history',
    summary: 'See who changed a rule set',
    params: ruleSetParams,
    query: pageQuery,
    responses: { 200: { description: 'A page, newest first.', schema: historyPageSchema } },
    errors: ['invalid_cursor'],
    async handler({ params, query }) {
      const rows = await findChanges(db.knex, params.id);
      if (rows.length === 0) return refuse('not_found');
      return historyPage(cursors, { objectId: params.id, rows, page: query });
    },
  });
  diffRoute(route, db);
}

function diffRoute(route: Route, db: Database): void {
  route({
    ...ruleSetOperation,
    method: 'get',
    path: '/fraud/rulesets/{id}/diff',
    summary: 'See what a rule set would change',
    description: 'Against another set, or without one against the live set.',
    scope: 'fraud:read',
    params: ruleSetParams,
    query: z.strictObject({ against: fields.id().optional() }),
    responses: { 200: { description: 'Rules by name.', schema: ruleSetDiffSchema } },
    errors: [],
    async handler({ params, query }) {
      const against = query.against ?? (await shownLive(db.knex))?.id;
      const before = against === undefined ? null : await findRuleSet(db.knex, against);
      const after = await findRuleSet(db.knex, params.id);
      if (before === null || after === null) return refuse('not_found');
      return { status: 200, body: diffRuleSets(before, after) };
    },
  });
}
