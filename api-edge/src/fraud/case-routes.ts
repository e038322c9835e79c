import {
  addCaseNote,
  assignCase,
  caseStatuses,
  findCase,
  findChanges,
  findRole,
  listCaseNotes,
  listCases,
  type CaseNote,
  type CaseRefusal,
  type CaseView,
  type Database,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { historyPage, historyPageSchema } from '../history/history.ts';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField, type ProblemCode } from '../problems.ts';
import { actorOf } from './ruleset-routes.ts';

export type CaseDependencies = { db: Database; cursors: Cursors };

const noteSchema = z
  .strictObject({
    at: fields.time(),
    kind: z.enum(['note', 'assigned']),
    author: fields.id(),
    owner: fields.id().nullable().meta({ description: 'Whom the case was given to.' }),
    text: fields.text(2_000, 0).meta({ example: 'called the payer, who knows the shop' }),
  })
  .meta({ id: 'FraudCaseNote' });

/** A case as the contract shows it. */
const caseSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('fraud_case'),
    payment_id: fields.id(),
    status: z.enum(caseStatuses),
    owner: fields.id().nullable(),
    payer_id: fields.id(),
    payee_id: fields.id(),
    amount_minor: fields.shownAmount(),
    currency: fields.shownCurrency(),
    score: z.int().meta({ description: 'Of the decision.' }),
    notes: z.array(noteSchema).max(1_000),
    created_at: fields.time(),
    updated_at: fields.time(),
    age_seconds: z.int().min(0).meta({ description: 'How long it waited, until now or its end.' }),
    due_at: fields.time().meta({ description: 'When the payment is rejected by itself.' }),
  })
  .meta({ id: 'FraudCase' });

const operation = { tag: 'fraud', idempotent: false } as const;
export const caseParams = z.object({ id: fields.id() });

const caseQuery = pageQuery.extend({
  status: z.enum(caseStatuses).optional().meta({ description: 'Only these.', example: 'open' }),
  owner: z
    .union([z.literal('me'), z.literal('nobody'), fields.id()])
    .optional()
    .meta({ description: 'Whose: me, nobody, or the id of an analyst.', example: 'me' }),
  payer_id: fields.id().optional(),
  payee_id: fields.id().optional(),
});

const problemOf: Readonly<Record<CaseRefusal, ProblemCode>> = {
  no_such_case: 'not_found',
  case_closed: 'invalid_state',
};

/** The queue of payments that wait for an analyst. */
export function caseRoutes(route: Route, { db, cursors }: CaseDependencies): void {
  const reading = { ...operation, method: 'get', scope: 'fraud:read' } as const;
  route({
    ...reading,
    path: '/fraud/cases',
    summary: 'List cases',
    description: 'Newest first. Narrow them to `status=open` and `owner=nobody` for the queue.',
    query: caseQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(caseSchema, 'FraudCasePage') } },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => answerCases({ db, cursors }, caller, query),
  });
  route({
    ...reading,
    path: '/fraud/cases/{id}',
    summary: 'See a case',
    params: caseParams,
    responses: { 200: { description: 'The case with its notes.', schema: caseSchema } },
    errors: [],
    handler: ({ params }) => answerCase(db, params.id),
  });
  route({
    ...reading,
    path: '/fraud/cases/{id}/history',
    summary: 'See how a case began and ended',
    params: caseParams,
    query: pageQuery,
    responses: { 200: { description: 'A page, newest first.', schema: historyPageSchema } },
    errors: ['invalid_cursor'],
    async handler({ params, query }) {
      if ((await findCase(db.knex, params.id)) === null) return refuse('not_found');
      const rows = await findChanges(db.knex, params.id);
      return historyPage(cursors, { objectId: params.id, rows, page: query });
    },
  });
  caseWritingRoutes(route, db);
}

function caseWritingRoutes(route: Route, db: Database): void {
  const writing = { ...operation, method: 'post', scope: 'fraud:write' } as const;
  const responses = { 200: { description: 'The case as it is now.', schema: caseSchema } };
  route({
    ...writing,
    path: '/fraud/cases/{id}/assign',
    summary: 'Take an open case, or give it to somebody',
    description: 'Without `owner` it is yours; null gives it back to the queue.',
    params: caseParams,
    body: z
      .strictObject({
        owner: fields.id().nullable().optional().meta({ description: 'An analyst.' }),
        reason: fields.text(500).optional(),
      })
      .meta({ id: 'AssignRequest' }),
    responses,
    errors: ['invalid_state'],
    async handler({ params, body, ...call }) {
      const owner = body.owner === undefined ? call.caller.userId : body.owner;
      if (owner !== null && (await findRole(db.knex, owner)) !== 'analyst')
        return refuseField('not_found', '/owner');
      const assigned = { ownerId: owner, text: body.reason ?? '', actor: actorOf(call) };
      const refused = await assignCase(db, params.id, assigned);
      return refused === null ? answerCase(db, params.id) : refuse(problemOf[refused]);
    },
  });
  route({
    ...writing,
    path: '/fraud/cases/{id}/notes',
    summary: 'Say something of a case',
    params: caseParams,
    body: z
      .strictObject({ text: fields.text(2_000).meta({ example: 'called the payer' }) })
      .meta({ id: 'CaseNoteRequest' }),
    responses,
    errors: [],
    async handler({ params, body, ...call }) {
      const refused = await addCaseNote(db, params.id, { text: body.text, actor: actorOf(call) });
      return refused === null ? answerCase(db, params.id) : refuse(problemOf[refused]);
    },
  });
}

async function answerCase(db: Database, id: string): Promise<Answer> {
  const found = await findCase(db.knex, id);
  if (found === null) return refuse('not_found');
  const notes = await listCaseNotes(db.knex, [id]);
  return { status: 200, body: shownCase(found, notes.get(id) ?? []) };
}

async function answerCases(
  { db, cursors }: CaseDependencies,
  caller: Caller,
  query: z.output<typeof caseQuery>,
): Promise<Answer> {
  const { status, owner, payer_id: payerId, payee_id: payeeId, ...page } = query;
  const ownerId = owner === 'me' ? caller.userId : owner === 'nobody' ? null : owner;
  const filter = { status, owner: ownerId, payerId, payeeId };
  const notes = new Map<string, CaseNote[]>();
  return answerPage(cursors, {
    ...{ scope: `cases|${JSON.stringify(filter)}`, page, positionOf: ({ id }: CaseView) => id },
    shown: (found: CaseView) => shownCase(found, notes.get(found.id) ?? []),
    async load(after, limit) {
      const rows = await listCases(db.knex, filter, { after, limit });
      const found = await listCaseNotes(
        db.knex,
        rows.map(({ id }) => id),
      );
      for (const [id, some] of found) notes.set(id, some);
      return rows;
    },
  });
}

function shownCase(found: CaseView, notes: readonly CaseNote[]): z.output<typeof caseSchema> {
  const { createdAt, closedAt } = found;
  const lastNote = notes.at(-1)?.at ?? createdAt;
  const updatedAt = closedAt !== null && closedAt > lastNote ? closedAt : lastNote;
  return {
    ...{ id: found.id, object: 'fraud_case', payment_id: found.paymentId, status: found.status },
    ...{ owner: found.ownerId, payer_id: found.payerId, payee_id: found.payeeId },
    ...{ amount_minor: Number(found.amountMinor), currency: found.currency, score: found.score },
    notes: notes.map(({ at, kind, authorId, ownerId, text }) => ({
      ...{ at: at.toISOString(), kind, author: authorId, owner: ownerId, text },
    })),
    ...{ created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() },
    age_seconds: ageSeconds(createdAt, closedAt ?? new Date()),
    due_at: found.dueAt.toISOString(),
  };
}

/** Never below 0, though the two clocks may differ. */
function ageSeconds(from: Date, to: Date): number {
  return Math.max(0, Math.floor((to.getTime() - from.getTime()) / 1_000));
}
