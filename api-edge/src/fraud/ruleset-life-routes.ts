import {
  findRuleSet,
  moveRuleSet,
  publishRuleSet,
  readEvidence,
  readShadowReport,
  rollBackRuleSet,
  type Database,
  type EvidenceGate,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, type ProblemCode } from '../problems.ts';
import { actorOf, answerRuleSet, ruleSetOperation, ruleSetParams } from './ruleset-routes.ts';
import { ruleSetSchema } from './ruleset.ts';
import { shadowReportSchema, shownShadowReport } from './shadow-report.ts';

export type RuleSetLifeDependencies = { db: Database; evidenceGate: EvidenceGate };

const reason = () => fields.text(500).meta({ description: 'Kept in the history of the set.' });
const step = () => z.strictObject({ reason: reason().optional() }).meta({ id: 'RuleSetStep' });

const steps = [
  {
    action: 'shadow',
    summary: 'Try a rule set on live traffic beside the live set',
    description: 'It decides nothing. Any number may be tried; see its shadow report.',
    errors: ['invalid_state'],
  },
  {
    action: 'submit',
    summary: 'Ask for approval of a rule set of yours',
    description: 'From here on its text never changes.',
    errors: ['invalid_state', 'not_the_author'],
  },
  {
    action: 'approve',
    summary: 'Approve the rule set of somebody else',
    description: 'The author may not: it takes a second person.',
    errors: ['invalid_state', 'same_person'],
  },
  {
    action: 'retire',
    summary: 'Put a rule set away',
    description: 'Not the live one: publish another, or roll back. A shadow run ends.',
    errors: ['invalid_state'],
  },
] as const satisfies readonly {
  action: 'shadow' | 'submit' | 'approve' | 'retire';
  summary: string;
  description: string;
  errors: readonly ProblemCode[];
}[];

/** The way of a rule set from a draft to the live set, and back. */
export function ruleSetLifeRoutes(route: Route, dependencies: RuleSetLifeDependencies): void {
  const { db } = dependencies;
  const operation = { ...ruleSetOperation, method: 'post', scope: 'fraud:write' } as const;
  for (const { action, ...said } of steps) {
    route({
      ...{ ...operation, ...said, path: `/fraud/rulesets/{id}/${action}` },
      params: ruleSetParams,
      body: step(),
      responses: { 200: { description: 'The set as it is now.', schema: ruleSetSchema } },
      async handler({ params, body, ...call }) {
        const asked = { action, actor: actorOf(call), reason: body.reason };
        return answerRuleSet(db, await moveRuleSet(db, params.id, asked));
      },
    });
  }
  publishRoute(route, dependencies);
  route({
    ...operation,
    path: '/fraud/rulesets/rollback',
    summary: 'Go back to the rule set that was live before',
    description: 'For all payments, within two seconds. Once more goes one further back.',
    body: z.strictObject({ reason: reason().optional() }).meta({ id: 'RollbackRequest' }),
    responses: { 200: { description: 'The set that is live again.', schema: ruleSetSchema } },
    errors: ['nothing_to_roll_back', 'invalid_rules'],
    async handler({ body, ...call }) {
      const asked = { actor: actorOf(call), reason: body.reason };
      return answerRuleSet(db, await rollBackRuleSet(db, asked));
    },
  });
  shadowRoute(route, db);
}

function publishRoute(route: Route, { db, evidenceGate: gate }: RuleSetLifeDependencies): void {
  route({
    ...{ ...ruleSetOperation, method: 'post', scope: 'fraud:write' },
    path: '/fraud/rulesets/{id}/publish',
    summary: 'Let an approved rule set decide',
    description:
      'Every process takes it within two seconds. With `percent` below 100 it decides so many of ' +
      'the payments (always the same ones) and the former live set the others; publish it again ' +
      'with more, or roll back.',
    params: ruleSetParams,
    body: z
      .strictObject({
        percent: z.int().min(1).max(100).default(100).meta({ example: 10 }),
        reason: reason().optional(),
      })
      .meta({ id: 'PublishRequest' }),
    responses: { 200: { description: 'The live set.', schema: ruleSetSchema } },
    errors: [
      ...(['approval_required', 'evidence_required', 'rollout_under_way'] as const),
      ...(['invalid_state', 'invalid_rules'] as const),
    ],
    async handler({ params, body, ...call }) {
      const { percent, reason: why } = body;
      const how = { percent, gate, evidenceOf: readEvidence, actor: actorOf(call), reason: why };
      return answerRuleSet(db, await publishRuleSet(db, params.id, how));
    },
  });
}

function shadowRoute(route: Route, db: Database): void {
  route({
    ...{ ...ruleSetOperation, method: 'get', scope: 'fraud:read' },
    path: '/fraud/rulesets/{id}/shadow',
    summary: 'See what a rule set in shadow would have decided',
    description: 'Counts and money by outcome of the live set and of this one, and by rule.',
    params: ruleSetParams,
    responses: { 200: { description: 'So far.', schema: shadowReportSchema } },
    errors: [],
    async handler({ params }) {
      const stored = await findRuleSet(db.knex, params.id);
      if (stored === null) return refuse('not_found');
      const report = await readShadowReport(db.knex, params.id);
      return { status: 200, body: shownShadowReport(stored, report) };
    },
  });
}
