import { type Database, type PaymentView } from '@wallet/core-ledger';
import { topics, type PaymentIntent, type RefundIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionErrors, actionResponses } from '../actions/routes.ts';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import type { Payment } from '../payments/payment.ts';
import type { PaymentReads } from '../payments/payment-reads.ts';
import { refuse } from '../problems.ts';
import { findRefundable, objectionToRefund } from './refundable.ts';
import { isStaff, refundSchema, type RefundShown } from './refund.ts';

export type RefundDependencies = PaymentReads & {
  db: Database;
  refunds: IntentKind<RefundIntent, RefundShown>;
  payments: IntentKind<PaymentIntent, Payment>;
  accept: Accept;
  show: Show;
};

const refundRequest = z
  .strictObject({
    payment_id: fields.id(),
    amount_minor: fields
      .amount()
      .optional()
      .meta({ description: 'Without it, all that may still go back.' }),
    reason: fields.text(500),
  })
  .meta({ id: 'RefundRequest' });

/** Money back to the payer: by the payee, or by staff for the payee; never by the payer. */
export function refundRoutes(route: Route, dependencies: RefundDependencies): void {
  const { accept, show, refunds } = dependencies;
  route({
    method: 'post',
    path: '/refunds',
    tag: 'refunds',
    summary: 'Give money of a payment back',
    description:
      'In part or whole, as often as something is left. When the payee is short of money the ' +
      'refund stays `pending` and is tried again at every credit of the payee, for 30 days.',
    scope: 'refunds:write',
    idempotent: true,
    fromTicket: true,
    body: refundRequest,
    responses: acceptedResponses(refundSchema),
    errors: [
      ...(['invalid_amount', 'not_found', 'not_allowed_for_party', 'invalid_state'] as const),
      ...(['refund_exceeds_remaining', 'payment_disputed', 'state_unavailable'] as const),
    ],
    async handler(call) {
      const { caller, body } = call;
      const payment = await findRefundable(dependencies, caller, body.payment_id);
      if ('problem' in payment) return payment;
      if (payment.payeeId !== caller.userId && !isStaff(caller)) {
        return refuse('not_allowed_for_party');
      }
      const objection = await objectionToRefund(dependencies, payment, body.amount_minor);
      const asked = { amount_minor: BigInt(body.amount_minor ?? 0), reason: body.reason };
      return accept(call, {
        ...{ kind: refunds, objection },
        intent: (given) => ({
          ...intentOf(payment, caller, given),
          ...{ ...asked, kind: 'refund' as const, refund_id: given.id },
        }),
      });
    },
  });
  route({
    method: 'get',
    path: '/refunds/{id}',
    tag: 'refunds',
    summary: 'See a refund',
    description: 'For both parties of the payment, support and operators.',
    scope: 'refunds:read',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'The refund as it is now.', schema: refundSchema } },
    errors: ['state_unavailable'],
    handler: ({ caller, params }) => show(caller, refunds, params.id),
  });
  cancelRoute(route, dependencies);
}

function cancelRoute(route: Route, dependencies: RefundDependencies): void {
  const { db, accept, refunds } = dependencies;
  const canceling = createActionKind<RefundIntent>({
    ...{ db, noun: 'refund', kind: 'refund_cancel', topic: topics.refundIntents },
    ...{ nounIdOf: ({ refund_id: id }) => id, keyOf: ({ payment_id: id }) => id },
  });
  route({
    method: 'post',
    path: '/refunds/{id}/cancel',
    tag: 'refunds',
    summary: 'Take a pending refund back',
    description: 'For whoever may make one: the payee, support, operators.',
    scope: 'refunds:write',
    idempotent: true,
    fromTicket: true,
    params: z.object({ id: fields.id() }),
    body: z
      .strictObject({ reason: fields.text(500).optional() })
      .meta({ id: 'RefundCancelRequest' }),
    responses: actionResponses('refund'),
    errors: [...actionErrors, 'not_found'],
    async handler(call) {
      const { caller, body, params } = call;
      const found = await refunds.find(params.id.toLowerCase());
      if (found === null || !refunds.maySee(caller, found.parties)) return refuse('not_found');
      const { shown } = found;
      const payment = await findRefundable(dependencies, caller, shown.payment_id);
      if ('problem' in payment) return payment;
      if (payment.payeeId !== caller.userId && !isStaff(caller)) {
        return refuse('not_allowed_for_party');
      }
      const { status } = shown;
      const extensions = { refund_status: status };
      return accept(call, {
        kind: canceling,
        objection: status === 'pending' ? null : refuse('invalid_state', { extensions }),
        intent: (given) => ({
          ...intentOf(payment, caller, given),
          ...{ kind: 'refund_cancel' as const, refund_id: shown.id, amount_minor: 0n },
          reason: body.reason ?? null,
        }),
      });
    },
  });
}

type Given = { id: string; payloadHash: Buffer; acceptedAtMs: number };

function intentOf(payment: PaymentView, caller: Caller, given: Given) {
  return {
    ...{ intent_id: given.id, caller_id: caller.userId, actor_role: caller.role },
    ...{ payment_id: payment.id, currency: payment.currency },
    ...{ payer_wallet_id: payment.payerWalletId, payee_wallet_id: payment.payeeWalletId },
    ...{ payer_id: payment.payerId, payee_id: payment.payeeId },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  };
}
