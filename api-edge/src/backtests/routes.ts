import {
  cancelBacktest,
  createBacktest,
  findBacktest,
  findPublication,
  findRuleSet,
  listBacktests,
  listDifferences,
  type BacktestSet,
  type Database,
  type ListedDifference,
  type Rollout,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField } from '../problems.ts';
import {
  backtestRowSchema,
  backtestSchema,
  differenceSchema,
  shownBacktest,
  shownDifference,
  shownRow,
} from './backtest.ts';

export type BacktestDependencies = { db: Database; cursors: Cursors };

const operation = { tag: 'fraud', idempotent: false } as const;
const params = z.object({ id: fields.id() });
const defaultMaturityDays = 7;

const moment = (description: string) =>
  z.iso.datetime({ offset: true }).meta({ description, example: '2026-11-01T00:00:00Z' });

const requestSchema = z
  .strictObject({
    ruleset_id: fields.id(),
    from: moment('Payments accepted from here on; RFC 3339.'),
    to: moment('And before this.'),
    compare_to: z
      .union([z.literal('live'), fields.id()])
      .default('live')
      .meta({ description: 'The set in force, or another one.', example: 'live' }),
    maturity_days: z.int().min(0).max(365).default(defaultMaturityDays).meta({
      description: 'After so many days without a complaint a payment counts as good.',
      example: 7,
    }),
  })
  .meta({ id: 'BacktestRequest' });

/** Rule sets on past payments: jobs of a process of their own. */
export function backtestRoutes(route: Route, dependencies: BacktestDependencies): void {
  const { db } = dependencies;
  route({
    ...{ ...operation, method: 'post', path: '/fraud/backtests', scope: 'fraud:write' },
    summary: 'Try a rule set on past payments',
    description:
      'Replays the log through this set and another one at once, with counters, lists and labels ' +
      'as they were at the time. Nothing live is touched. It may take minutes: look at it again.',
    body: requestSchema,
    responses: {
      202: { description: 'The job.', schema: backtestSchema, headers: ['Location'] },
    },
    errors: ['not_found', 'invalid_period'],
    async handler({ body, caller }) {
      const [from, to] = [new Date(body.from), new Date(body.to)];
      if (from >= to) return refuseField('invalid_period', '/to');
      const candidate = await findSet(db, body.ruleset_id);
      const compared = await findCompared(db, body.compare_to);
      if (candidate === null || compared === null) return refuse('not_found');
      const backtest = await createBacktest(db.knex, {
        ...{ candidate, ...compared, from, to, maturityDays: body.maturity_days },
        requestedBy: caller.userId,
      });
      const headers = { Location: `/fraud/backtests/${backtest.id}` };
      return { status: 202, headers, body: shownBacktest(backtest) };
    },
  });
  route({
    ...{ ...operation, method: 'post', path: '/fraud/backtests/{id}/cancel', scope: 'fraud:write' },
    summary: 'Cancel a backtest',
    description: 'One that runs ends within seconds.',
    params,
    responses: { 200: { description: 'The job as it is now.', schema: backtestSchema } },
    errors: ['invalid_state'],
    async handler({ params: { id } }) {
      const result = await cancelBacktest(db, id);
      if (result.ok) return { status: 200, body: shownBacktest(result.backtest) };
      return refuse(result.reason === 'invalid_state' ? 'invalid_state' : 'not_found');
    },
  });
  backtestReadRoutes(route, dependencies);
}

function backtestReadRoutes(route: Route, { db, cursors }: BacktestDependencies): void {
  const reading = { ...operation, method: 'get', scope: 'fraud:read' } as const;
  route({
    ...{ ...reading, path: '/fraud/backtests', summary: 'List backtests' },
    query: pageQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(backtestRowSchema, 'BacktestPage') },
    },
    errors: ['invalid_cursor'],
    handler: ({ query }) =>
      answerPage(cursors, {
        ...{ scope: 'backtests', page: query, shown: shownRow },
        positionOf: ({ id }) => id,
        load: (after, limit) => listBacktests(db.knex, { after, limit }),
      }),
  });
  route({
    ...{ ...reading, path: '/fraud/backtests/{id}', summary: 'See a backtest and its report' },
    params,
    responses: { 200: { description: 'The job.', schema: backtestSchema } },
    errors: [],
    async handler({ params: { id } }) {
      const backtest = await findBacktest(db.knex, id);
      if (backtest === null) return refuse('not_found');
      return { status: 200, body: shownBacktest(backtest) };
    },
  });
  route({
    ...{ ...reading, path: '/fraud/backtests/{id}/differences' },
    summary: 'List payments to which the two sets say different things',
    description: 'In the order in which they were accepted; the first ten thousand.',
    params,
    query: pageQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(differenceSchema, 'BacktestDifferencePage') },
    },
    errors: ['invalid_cursor'],
    async handler({ params: { id }, query }) {
      if ((await findBacktest(db.knex, id)) === null) return refuse('not_found');
      return answerPage(cursors, {
        ...{ scope: `backtest-differences|${id}`, page: query },
        positionOf: ({ position }: ListedDifference) => String(position),
        shown: shownDifference,
        load: (after, limit) =>
          listDifferences(db.knex, id, { position: after === null ? 0 : Number(after) + 1, limit }),
      });
    },
  });
}

async function findSet(db: Database, id: string): Promise<BacktestSet | null> {
  const stored = await findRuleSet(db.knex, id);
  return stored === null ? null : { id, hash: stored.hash, rules: stored.rules };
}

type Compared = { champion: BacktestSet; rollout: Rollout | null };

/** What the candidate is held against; of the live set, its rollout with it. */
async function findCompared(db: Database, to: string): Promise<Compared | null> {
  const inForce = to === 'live' ? await findPublication(db.knex) : null;
  if (to === 'live' && inForce === null) return null;
  const champion = await findSet(db, inForce?.rulesetId ?? to);
  if (champion === null) return null;
  const rest = inForce?.restId ? await findSet(db, inForce.restId) : null;
  const rollout = inForce && rest ? { percent: inForce.percent, rest } : null;
  return { champion, rollout };
}
