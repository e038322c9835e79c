import { objectionTo, type Database, type PaymentAction } from '@wallet/core-ledger';
import { topics, type PaymentIntent, type WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionErrors, actionResponses } from '../actions/routes.ts';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse, type Refusal } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import type { Payment } from './payment.ts';

export type PaymentActionDependencies = {
  db: Database;
  payments: IntentKind<PaymentIntent, Payment>;
  accept: Accept;
  show: Show;
  findWallet: FindWallet;
};

/** The kind of an action on a payment, for whoever accepts one. */
export function paymentActionKind(db: Database, action: PaymentAction) {
  return createActionKind<WalletIntent>({
    ...{ db, noun: 'payment', kind: action, topic: topics.walletIntents },
    nounIdOf: ({ payment_id, intent_id }) => payment_id ?? intent_id,
  });
}

const reason = fields
  .text(500)
  .optional()
  .meta({ description: 'Kept in the history of the payment.' });

const operation = {
  method: 'post',
  tag: 'payments',
  scope: 'payments:write',
  idempotent: true,
  params: z.object({ id: fields.id() }),
  responses: actionResponses('payment'),
} as const;

/** What the parties of a payment do to it while it is authorized. */
export function paymentActionRoutes(route: Route, dependencies: PaymentActionDependencies): void {
  const { db, accept } = dependencies;
  const capturing = paymentActionKind(db, 'capture');
  const canceling = paymentActionKind(db, 'cancel');
  route({
    ...operation,
    path: '/payments/{id}/capture',
    summary: 'Take the money of an authorized payment, or a part of it',
    description:
      'For the payee. Without an amount, all that is left. After a part the payment stays ' +
      '`authorized` for more, until all is captured, a capture is `final`, or time runs out; ' +
      'then the rest goes back to the payer.',
    body: z
      .strictObject({
        amount_minor: fields.amount().optional(),
        final: z.boolean().optional(),
        reason,
      })
      .meta({ id: 'CaptureRequest' }),
    errors: [...actionErrors, 'authorization_expired', 'capture_exceeds_authorization'],
    async handler(call) {
      const { caller, body } = call;
      const found = await findActed(dependencies, caller, call.params.id);
      if ('problem' in found) return found;
      if (found.payeeId !== caller.userId) return refuse('not_allowed_for_party');
      return accept(call, {
        kind: capturing,
        intent: intentOf('capture', found, call, body),
        objection: objectionOf('capture', found.payment) ?? excessOf(found.payment, body),
      });
    },
  });
  route({
    ...operation,
    path: '/payments/{id}/cancel',
    summary: 'Give an authorized payment back',
    description:
      'For payer and payee. What was captured before stays so; the rest goes back to the payer.',
    body: z.strictObject({ reason }).meta({ id: 'CancelRequest' }),
    errors: [...actionErrors],
    async handler(call) {
      const found = await findActed(dependencies, call.caller, call.params.id);
      if ('problem' in found) return found;
      return accept(call, {
        kind: canceling,
        intent: intentOf('cancel', found, call, call.body),
        objection: objectionOf('cancel', found.payment),
      });
    },
  });
}

type Acted = { payment: Payment; payeeId: string };

/** The payment, if the caller may see it. */
async function findActed(
  { payments, show, findWallet }: PaymentActionDependencies,
  caller: Caller,
  id: string,
): Promise<Acted | Refusal> {
  const answer = await show(caller, payments, id);
  if ('problem' in answer) return answer;
  const payment = answer.body as Payment;
  const payee = await findWallet(payment.payee_wallet_id);
  return { payment, payeeId: payee?.ownerId ?? '' };
}

/** As far as committed state tells; the ledger asks again under the payment's lock. */
function objectionOf(action: PaymentAction, { status }: Payment): Refusal | null {
  const extensions = { payment_status: status };
  if (status === 'received' || status === 'screening')
    return refuse('invalid_state', { extensions });
  const code = objectionTo(action, { status });
  return code === null ? null : refuse(code, { extensions });
}

function excessOf(payment: Payment, body: { amount_minor?: number | undefined }): Refusal | null {
  const remaining_minor = payment.amount_minor - payment.captured_minor;
  if ((body.amount_minor ?? 0) <= remaining_minor) return null;
  return refuse('capture_exceeds_authorization', { extensions: { remaining_minor } });
}

function intentOf(
  kind: PaymentAction,
  { payment, payeeId }: Acted,
  { caller }: { caller: Caller },
  body: {
    amount_minor?: number | undefined;
    final?: boolean | undefined;
    reason?: string | undefined;
  },
) {
  return (given: { id: string; payloadHash: Buffer; acceptedAtMs: number }): WalletIntent => ({
    ...{ intent_id: given.id, caller_id: caller.userId, kind },
    ...{ wallet_id: payment.payee_wallet_id, owner_id: payeeId },
    ...{ amount_minor: BigInt(body.amount_minor ?? 0), currency: payment.currency },
    ...{ payment_id: payment.id, final: body.final ?? false, reference: null },
    ...{ destination: null, withdrawal_id: null },
    ...{ reason: body.reason ?? null, actor_role: caller.role },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  });
}
