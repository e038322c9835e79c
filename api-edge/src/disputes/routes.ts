import {
  disputePolicy,
  findDisputedPayment,
  listDisputes,
  refusalOfOpening,
  type Database,
  type DisputedPayment,
} from '@wallet/core-ledger';
import type { DisputeIntent } from '@wallet/schemas';
import { z } from 'zod';
import { isRefusal, type Answer, type Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse, refuseField, type ProblemCode, type Refusal } from '../problems.ts';
import { disputeSchema, disputeStatuses, reasons, shownDispute, stages } from './dispute.ts';
import type { ShownDispute } from './dispute.ts';

export type DisputeDependencies = {
  db: Database;
  cursors: Cursors;
  disputes: IntentKind<DisputeIntent, ShownDispute>;
  accept: Accept;
  show: Show;
};

const disputeRequest = z
  .strictObject({
    payment_id: fields.id(),
    amount_minor: fields
      .amount()
      .optional()
      .meta({ description: 'Minor units; without it all that is left of the payment.' }),
    reason: z.enum(reasons),
    description: fields.text(2_000),
    stage: z.enum(stages).default('chargeback'),
  })
  .meta({ id: 'DisputeRequest' });

/** Why a dispute of a payment may be refused at once; the ledger asks again under the lock. */
export const openingErrors = [
  'payment_not_captured',
  'already_refunded',
  'already_disputed',
  'dispute_exceeds_remaining',
  'dispute_window_closed',
] as const satisfies readonly ProblemCode[];

const read = { method: 'get', tag: 'disputes', scope: 'disputes:read', idempotent: false } as const;
const params = z.object({ id: fields.id() });

/** Disputing payments, and seeing what becomes of it. */
export function disputeRoutes(route: Route, dependencies: DisputeDependencies): void {
  openingRoute(route, dependencies);
  readRoutes(route, dependencies);
}

function openingRoute(route: Route, dependencies: DisputeDependencies): void {
  const { db, disputes, accept } = dependencies;
  route({
    method: 'post',
    path: '/disputes',
    tag: 'disputes',
    summary: 'Dispute a payment',
    description:
      'For the payer, or support in his place. An `inquiry` asks the payee and moves nothing; a ' +
      '`chargeback` sets the disputed amount aside until it is decided.',
    scope: 'disputes:write',
    idempotent: true,
    fromTicket: true,
    body: disputeRequest,
    responses: acceptedResponses(disputeSchema, 'Opened, or refused, while the client waited.'),
    errors: ['invalid_amount', 'payment_not_found', 'not_allowed_for_party', ...openingErrors],
    async handler(call) {
      const { caller, body } = call;
      const payment = await findDisputed(db, caller, body.payment_id);
      if (isRefusal(payment)) return payment;
      return accept(call, {
        kind: disputes,
        intent: (given) => openingOf(caller, payment, body, given),
        objection: objectionOf(payment, body.amount_minor),
      });
    },
  });
}

function readRoutes(route: Route, dependencies: DisputeDependencies): void {
  const { disputes, show } = dependencies;
  route({
    ...read,
    path: '/disputes',
    summary: 'List disputes',
    description: 'Of own payments, made and received; for support and operators all. Newest first.',
    query: pageQuery.extend({
      status: z
        .enum(disputeStatuses)
        .exclude(['pending'])
        .optional()
        .meta({ description: 'Only disputes that are so.' }),
      payment_id: fields.id().optional().meta({ description: 'Only of this payment.' }),
    }),
    responses: { 200: { description: 'A page.', schema: pageOf(disputeSchema, 'DisputePage') } },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listOwn(dependencies, caller, query),
  });
  route({
    ...read,
    path: '/disputes/{id}',
    summary: 'See a dispute',
    params,
    responses: { 200: { description: 'The dispute as it is now.', schema: disputeSchema } },
    errors: ['state_unavailable'],
    handler: ({ caller, params: { id } }) => show(caller, disputes, id),
  });
}

/** The payment, if the caller may dispute it. */
async function findDisputed(
  db: Database,
  caller: Caller,
  paymentId: string,
): Promise<DisputedPayment | Refusal> {
  const payment = await findDisputedPayment(db.knex, paymentId);
  const isStaff = caller.role === 'support';
  const isParty = payment?.payerId === caller.userId || payment?.payeeId === caller.userId;
  if (payment === null || !(isStaff || isParty)) {
    return refuseField('payment_not_found', '/payment_id');
  }
  if (!isStaff && payment.payerId !== caller.userId) return refuse('not_allowed_for_party');
  return payment;
}

/** As far as committed state tells. */
function objectionOf(payment: DisputedPayment, amount: number | undefined): Refusal | null {
  const amountMinor = amount === undefined ? null : BigInt(amount);
  const asked = { amountMinor, acceptedAtMs: Date.now() };
  const refusal = refusalOfOpening(payment, asked, disputePolicy);
  if (refusal === null || refusal.reason === 'account_closed') return null;
  const extensions = { remaining_minor: Number(refusal.remainingMinor) };
  return refuse(refusal.reason, { extensions });
}

function openingOf(
  caller: Caller,
  payment: DisputedPayment,
  body: z.output<typeof disputeRequest>,
  given: { id: string; payloadHash: Buffer; acceptedAtMs: number },
): DisputeIntent {
  return {
    ...{ intent_id: given.id, caller_id: caller.userId, actor_role: caller.role },
    ...{ kind: 'dispute', dispute_id: given.id, payment_id: payment.id },
    ...{ amount_minor: BigInt(body.amount_minor ?? 0), currency: payment.currency },
    ...{ stage: body.stage, reason: body.reason, description: body.description, evidence: null },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  };
}

type ListQuery = {
  limit: number;
  cursor?: string | undefined;
  status?: Exclude<(typeof disputeStatuses)[number], 'pending'> | undefined;
  payment_id?: string | undefined;
};

async function listOwn(
  { db, cursors }: DisputeDependencies,
  caller: Caller,
  query: ListQuery,
): Promise<Answer> {
  const { status = null, payment_id: paymentId = null, ...page } = query;
  const isStaff = caller.role === 'support' || caller.role === 'operator';
  const userId = isStaff ? null : caller.userId;
  return answerPage(cursors, {
    ...{ scope: `disputes|${caller.userId}|${status ?? ''}|${paymentId ?? ''}`, page },
    positionOf: ({ openedAtMs, id }) => ({ atMs: openedAtMs, id }),
    shown: shownDispute,
    load: (before, limit) => listDisputes(db.knex, { userId, status, paymentId, limit, before }),
  });
}
