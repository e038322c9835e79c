import {
  findSettlement,
  listSettlementItems,
  listSettlements,
  type Database,
  type SettlementCursor,
  type SettlementView,
  type ShownItem,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery, type Page } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField } from '../problems.ts';
import { csvOf, reportSchema, reportTypes, shownWholeReport } from './report.ts';
import { decidedStatuses, isOperator, settlementSchema, shownSettlement } from './settlement.ts';

export type SettlementReadDependencies = { db: Database; cursors: Cursors };

const itemSchema = z
  .strictObject({
    transfer_id: fields.id(),
    kind: fields.word('payment'),
    payment_id: fields.id().nullable(),
    gross_minor: fields.shownAmount(),
    refunds_minor: fields.shownAmount(),
    disputes_minor: fields.shownAmount(),
    fees_minor: fields.shownAmount(),
    other_minor: fields.shownAmount(),
    released: z.boolean().meta({ description: 'The batch was aborted: it waits for the next.' }),
    posted_at: fields.time(),
  })
  .meta({ id: 'SettlementItem' });

const listQuery = pageQuery.extend({
  merchant_wallet_id: fields.id().optional().meta({ description: 'Only of this wallet.' }),
  window_id: fields.id().optional().meta({ description: 'Only of this window.' }),
  status: z.enum(decidedStatuses).optional().meta({ description: 'Only those that are so.' }),
  currency: fields.currency().optional().meta({ description: 'Only of this currency.' }),
});

const read = {
  ...({ method: 'get', tag: 'settlements', scope: 'settlements:read' } as const),
  idempotent: false,
} as const;
const params = z.object({ id: fields.id() });

/** Settlements together, and what one consists of. */
export function settlementReadRoutes(route: Route, dependencies: SettlementReadDependencies): void {
  const { db } = dependencies;
  route({
    ...read,
    path: '/settlements',
    summary: 'List settlements',
    query: listQuery,
    description:
      'Own ones, the newest accepted first, once they are decided; operators see all. With a ' +
      'status or a currency a page may have fewer rows than `limit`: only `next_cursor` null is ' +
      'the end.',
    responses: { 200: { description: 'A page.', schema: pageOf(settlementSchema, 'Settlements') } },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listSeen(dependencies, caller, query),
  });
  route({
    ...read,
    path: '/settlements/{id}/items',
    summary: 'See what a settlement consists of',
    params,
    query: pageQuery,
    description: 'Each transfer of the merchant is in one batch. The oldest first.',
    responses: { 200: { description: 'A page.', schema: pageOf(itemSchema, 'SettlementItems') } },
    errors: ['invalid_cursor'],
    handler: (call) => listOwnItems(dependencies, call.caller, call.params.id, call.query),
  });
  route({
    ...read,
    path: '/settlements/{id}/report',
    summary: 'Get the report of a settlement',
    params,
    description:
      'As JSON or CSV, as `Accept` says; gross − refunds − disputes − fees + carried = net, and ' +
      'carried is carried in + other movements − carried out.',
    responses: { 200: { description: 'The report.', schema: reportSchema, texts: ['text/csv'] } },
    errors: ['not_acceptable'],
    async handler({ caller, params: { id }, prefers }) {
      const settlement = await seen(db, caller, id);
      if (settlement === null) return refuse('not_found');
      const type = prefers(reportTypes);
      if (type === null) return refuse('not_acceptable');
      if (type === 'application/json') return { status: 200, body: shownWholeReport(settlement) };
      const headers = { 'Content-Type': 'text/csv; charset=utf-8' };
      return { status: 200, headers, text: csvOf(settlement) };
    },
  });
}

async function seen(db: Database, caller: Caller, id: string): Promise<SettlementView | null> {
  const settlement = await findSettlement(db.knex, id.toLowerCase());
  if (settlement === null) return null;
  return isOperator(caller) || settlement.ownerId === caller.userId ? settlement : null;
}

async function listSeen(
  { db, cursors }: SettlementReadDependencies,
  caller: Caller,
  query: z.output<typeof listQuery>,
): Promise<Answer> {
  const { limit, cursor, ...asked } = query;
  // A cursor is good for the same question alone.
  const scope = `settlements|${caller.userId}|${JSON.stringify(Object.entries(asked).sort())}`;
  const after = cursor === undefined ? null : cursors.open(scope, cursor);
  if (after === undefined) return refuseField('invalid_cursor', '/cursor');
  const { merchant_wallet_id: walletId, window_id: windowId, status, currency } = asked;
  const { settlements, next } = await listSettlements(db.knex, {
    ownerId: isOperator(caller) ? null : caller.userId,
    filter: { walletId, windowId, status, currency },
    ...{ limit, after: after as SettlementCursor | null },
  });
  const data = settlements.map(shownSettlement);
  const nextCursor = next === null ? null : cursors.seal(scope, next);
  return { status: 200, body: { data, next_cursor: nextCursor } };
}

async function listOwnItems(
  { db, cursors }: SettlementReadDependencies,
  caller: Caller,
  id: string,
  page: Page,
): Promise<Answer> {
  const settlement = await seen(db, caller, id);
  if (settlement === null) return refuse('not_found');
  return answerPage(cursors, {
    ...{ scope: `settlement items|${settlement.id}`, page, shown: shownItem },
    positionOf: ({ postedAtMs, transferId }) => ({ postedAtMs, transferId }),
    load: (after, limit) => listSettlementItems(db.knex, settlement.id, { limit, after }),
  });
}

function shownItem(item: ShownItem) {
  return {
    ...{ transfer_id: item.transferId, kind: item.kind, payment_id: item.paymentId },
    gross_minor: Number(item.grossMinor),
    refunds_minor: Number(item.refundsMinor),
    disputes_minor: Number(item.disputesMinor),
    fees_minor: Number(item.feesMinor),
    other_minor: Number(item.otherMinor),
    released: item.isReleased,
    posted_at: new Date(item.postedAtMs).toISOString(),
  };
}
