import {
  acceptedRow,
  findPaymentHistory,
  listPayments,
  type Database,
  type HistoryRow,
  type PaymentCursor,
  type PaymentFilter,
  type PaymentStatus,
} from '@wallet/core-ledger';
import type { PaymentIntent } from '@wallet/schemas';
import { z } from 'zod';
import { historyPage, historyPageSchema } from '../history/history.ts';
import { isRefusal, type Answer, type Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { fromOf, periodQuery, toOf } from '../http/period.ts';
import type { Route } from '../http/route.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuseField, type Refusal } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import { paymentSchema, shownPayment, type Payment } from './payment.ts';

export type PaymentReadDependencies = {
  db: Database;
  cursors: Cursors;
  payments: IntentKind<PaymentIntent, Payment>;
  show: Show;
  findWallet: FindWallet;
};

/** What a list may ask for: what the ledger has, which is all that has been decided. */
const decidedStatuses = [
  'in_review',
  'authorized',
  'captured',
  'failed',
  'rejected',
  'expired',
  'canceled',
] as const satisfies readonly PaymentStatus[];

const listQuery = pageQuery.extend({
  status: z.enum(decidedStatuses).optional().meta({ description: 'Only payments that are so.' }),
  wallet_id: fields
    .id()
    .optional()
    .meta({ description: "Only of this wallet: payer's or payee's." }),
  ...periodQuery,
});

export const read = { tag: 'payments', scope: 'payments:read', idempotent: false } as const;
export const paymentParams = z.object({ id: fields.id() });

/** Payments one by one and together, and what happened to them. */
export function paymentReadRoutes(route: Route, dependencies: PaymentReadDependencies): void {
  route({
    ...read,
    method: 'get',
    path: '/payments',
    summary: 'List your payments',
    description:
      'Made and received, the newest accepted first, from the moment they are decided. With a ' +
      'filter a page may have fewer rows than `limit`: only `next_cursor` null is the end.',
    query: listQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(paymentSchema, 'PaymentPage') } },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listOwnPayments(dependencies, caller, query),
  });
  route({
    ...read,
    method: 'get',
    path: '/payments/{id}/history',
    summary: 'See what happened to a payment',
    description: 'Every change of its state, newest first: when, from what to what, by whom, why.',
    params: paymentParams,
    query: pageQuery,
    responses: { 200: { description: 'A page.', schema: historyPageSchema } },
    errors: ['invalid_cursor', 'state_unavailable'],
    async handler({ caller, params, query: page }) {
      const told = await tellPayment(dependencies, caller, params.id);
      if (isRefusal(told)) return told;
      const { payment, rows } = told;
      return historyPage(dependencies.cursors, { objectId: payment.id, rows, page });
    },
  });
}

async function listOwnPayments(
  { db, cursors }: PaymentReadDependencies,
  caller: Caller,
  query: z.output<typeof listQuery>,
): Promise<Answer> {
  const { limit, cursor, ...asked } = query;
  // A cursor is good for the same question alone.
  const scope = `payments|${caller.userId}|${JSON.stringify(Object.entries(asked).sort())}`;
  const after = cursor === undefined ? null : cursors.open(scope, cursor);
  if (after === undefined) return refuseField('invalid_cursor', '/cursor');
  const filter: PaymentFilter = {
    ...(asked.status === undefined ? {} : { status: asked.status }),
    ...(asked.wallet_id === undefined ? {} : { walletId: asked.wallet_id }),
    ...(asked.from === undefined ? {} : { from: fromOf(asked.from) }),
    ...(asked.to === undefined ? {} : { to: toOf(asked.to) }),
  };
  const { payments, next } = await listPayments(db.knex, {
    ...{ userId: caller.userId, filter, limit, after: after as PaymentCursor | null },
  });
  return {
    status: 200,
    body: {
      data: payments.map(shownPayment),
      next_cursor: next === null ? null : cursors.seal(scope, next),
    },
  };
}

/** A payment with its history, oldest first. */
export type Told = { payment: Payment; rows: readonly HistoryRow[] };

/** A payment that the caller may see, with its history; of an undecided one how it began. */
export async function tellPayment(
  dependencies: PaymentReadDependencies,
  caller: Caller,
  givenId: string,
): Promise<Told | Refusal> {
  const { payments, show, findWallet } = dependencies;
  const shown = await show(caller, payments, givenId);
  if (isRefusal(shown)) return shown;
  const payment = shown.body as Payment;
  const decided = await tellDecided(dependencies, payment.id);
  if (decided !== null) return decided;
  const payer = await findWallet(payment.payer_wallet_id);
  const { ownerId = '', kind = 'customer' } = payer ?? {};
  return { payment, rows: [acceptedRow(new Date(payment.created_at), ownerId, kind)] };
}

/**
 * A payment as the ledger has it, whoever asks; null while it is undecided. The history is read
 * first, so that the payment is never behind it.
 */
export async function tellDecided(
  { db, payments }: Pick<PaymentReadDependencies, 'db' | 'payments'>,
  id: string,
): Promise<Told | null> {
  const rows = await findPaymentHistory(db.knex, id);
  const found = rows === null ? null : await payments.find(id);
  return rows === null || found === null ? null : { payment: found.shown, rows };
}
