import { findCase, findPayment, objectionTo, type Database } from '@wallet/core-ledger';
import type { WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import { actionResponses } from '../actions/routes.ts';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { paymentActionKind } from '../payments/action-routes.ts';
import { refuse } from '../problems.ts';
import { caseParams } from './case-routes.ts';

export type CaseActionDependencies = { db: Database; accept: Accept };

const said = {
  approve: {
    summary: 'Approve the payment of a case',
    description: 'It is captured, or authorized as its payer asked; the case ends with it.',
  },
  reject: {
    summary: 'Reject the payment of a case',
    description: 'Its money goes back to the payer; the case ends with it, labelled as fraud.',
  },
} as const;

/** What an analyst decides of a case: an action on its payment, as everything that moves money. */
export function caseActionRoutes(route: Route, { db, accept }: CaseActionDependencies): void {
  for (const action of ['approve', 'reject'] as const) {
    const kind = paymentActionKind(db, action);
    route({
      ...said[action],
      method: 'post',
      path: `/fraud/cases/{id}/${action}`,
      tag: 'fraud',
      scope: 'fraud:write',
      idempotent: true,
      params: caseParams,
      body: z
        .strictObject({ reason: fields.text(500).meta({ example: 'the payer knows the shop' }) })
        .meta({ id: 'CaseDecision' }),
      responses: actionResponses('payment'),
      errors: ['invalid_state'],
      async handler(call) {
        const { caller, params, body } = call;
        const found = await findCase(db.knex, params.id);
        const payment = found === null ? null : await findPayment(db.knex, found.paymentId);
        if (payment === null) return refuse('not_found');
        const objection = objectionTo(action, payment);
        const extensions = { payment_status: payment.status };
        return accept(call, {
          kind,
          intent: intentOf(action, payment, caller, body.reason),
          objection: objection === null ? null : refuse('invalid_state', { extensions }),
        });
      },
    });
  }
}

type Reviewed = NonNullable<Awaited<ReturnType<typeof findPayment>>>;

function intentOf(kind: 'approve' | 'reject', payment: Reviewed, caller: Caller, reason: string) {
  return (given: { id: string; payloadHash: Buffer; acceptedAtMs: number }): WalletIntent => ({
    ...{ intent_id: given.id, caller_id: caller.userId, kind },
    ...{ wallet_id: payment.payeeWalletId, owner_id: payment.payeeId },
    ...{ amount_minor: 0n, currency: payment.currency, payment_id: payment.id, final: false },
    ...{ reference: null, destination: null, withdrawal_id: null },
    ...{ reason, actor_role: caller.role },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  });
}
