import { listRefunds, type Database, type RefundStatus } from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { isStaff, refundSchema, shownRefund } from './refund.ts';

export type RefundReadDependencies = { db: Database; cursors: Cursors };

const listQuery = pageQuery.extend({
  payment_id: fields.id().optional().meta({ description: 'Only of this payment.' }),
  status: z
    .enum(['pending', 'succeeded', 'failed', 'canceled'] as const satisfies readonly RefundStatus[])
    .optional()
    .meta({ description: 'Only refunds that are so.' }),
});

const read = { method: 'get', tag: 'refunds', scope: 'refunds:read', idempotent: false } as const;

/** Refunds together. */
export function refundReadRoutes(route: Route, dependencies: RefundReadDependencies): void {
  route({
    ...read,
    path: '/refunds',
    summary: 'List refunds',
    description:
      'Made and received, the newest accepted first, from the moment they are decided. Support ' +
      'and operators see everybody’s.',
    query: listQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(refundSchema, 'RefundPage') } },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listSeen(dependencies, caller, query),
  });
}

async function listSeen(
  { db, cursors }: RefundReadDependencies,
  caller: Caller,
  query: z.output<typeof listQuery>,
): Promise<Answer> {
  const { payment_id: paymentId = null, status = null, ...page } = query;
  const partyId = isStaff(caller) ? null : caller.userId;
  return answerPage(cursors, {
    ...{ scope: `refunds|${caller.userId}|${paymentId ?? ''}|${status ?? ''}`, page },
    positionOf: ({ createdAt, id }) => ({ acceptedAtMs: createdAt.getTime(), id }),
    shown: shownRefund,
    load: (before, limit) => listRefunds(db.knex, { partyId, paymentId, status, limit, before }),
  });
}
