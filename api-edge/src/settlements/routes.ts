import {
  findPayment,
  findRefundabilities,
  findSettlementOf,
  type Database,
  type PaymentView,
} from '@wallet/core-ledger';
import type { SettlementIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse, refuseField, type Refusal } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import { isOperator, settlementSchema, shownSettlement } from './settlement.ts';
import type { SettlementShown } from './settlement.ts';

export type SettlementDependencies = {
  db: Database;
  settlements: IntentKind<SettlementIntent, SettlementShown>;
  accept: Accept;
  show: Show;
  findWallet: FindWallet;
};

const settlementRequest = z
  .strictObject({
    payment_id: fields.id().optional().meta({ description: 'Settle this payment alone.' }),
    merchant_wallet_id: fields
      .id()
      .optional()
      .meta({ description: 'All that the merchant has: an operator’s run.' }),
    currency: fields.currency().optional(),
    reason: fields.text(500).optional(),
  })
  .meta({ id: 'SettlementRequest', description: 'Either `payment_id` or the wallet.' });

type SettlementRequest = z.output<typeof settlementRequest>;

/** Merchants' money on its way to their banks. */
export function settlementRoutes(route: Route, dependencies: SettlementDependencies): void {
  const { accept, show, settlements } = dependencies;
  route({
    method: 'post',
    path: '/settlements',
    tag: 'settlements',
    summary: 'Settle a payment, or all that a merchant has',
    description:
      'A captured payment of a merchant who is settled gross goes out at once when it has ' +
      'cleared, else it has its place in the open window; asked for again, it is the same ' +
      'settlement. An operator settles all that a merchant has; another one approves it.',
    scope: 'settlements:write',
    idempotent: true,
    body: settlementRequest,
    responses: acceptedResponses(settlementSchema, 'Decided, or settled before.'),
    errors: [
      ...(['payment_not_found', 'wallet_not_found', 'not_allowed_for_party'] as const),
      ...(['payment_not_captured', 'payment_disputed', 'nothing_to_settle'] as const),
      ...(['currency_mismatch', 'state_unavailable', 'either_payment_or_merchant'] as const),
    ],
    async handler(call) {
      const asked = await whatIsAsked(dependencies, call.caller, call.body);
      if ('problem' in asked) return asked;
      const { objection, ...about } = asked;
      return accept(call, {
        ...{ kind: settlements, objection },
        intent: ({ id, payloadHash, acceptedAtMs }): SettlementIntent => ({
          ...{ intent_id: id, caller_id: call.caller.userId, actor_role: call.caller.role },
          ...{ kind: 'settlement', settlement_id: null, window_id: null, target: null, ...about },
          ...{ amount_minor: 0n, reference: null, reason: call.body.reason ?? null, lines: [] },
          ...{ payload_hash: payloadHash, accepted_at: acceptedAtMs },
        }),
      });
    },
  });
  route({
    method: 'get',
    path: '/settlements/{id}',
    tag: 'settlements',
    summary: 'See a settlement',
    description: 'For the merchant and operators. What is in it is under `/items`.',
    scope: 'settlements:read',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'As it is now.', schema: settlementSchema } },
    errors: ['state_unavailable'],
    handler: ({ caller, params }) => show(caller, settlements, params.id),
  });
}

type Asked = Pick<SettlementIntent, 'wallet_id' | 'owner_id' | 'payment_id' | 'currency'> & {
  /** What stands against it as far as committed state tells, or the settlement there is. */
  readonly objection: Answer | null;
};

async function whatIsAsked(
  dependencies: SettlementDependencies,
  caller: Caller,
  body: SettlementRequest,
): Promise<Asked | Refusal> {
  const { payment_id: paymentId, merchant_wallet_id: walletId, currency } = body;
  if ((paymentId === undefined) === (walletId === undefined)) {
    return refuseField('either_payment_or_merchant', '/payment_id');
  }
  if (paymentId !== undefined) return askedOfPayment(dependencies, caller, paymentId);
  if (!isOperator(caller)) return refuse('not_allowed_for_party');
  const wallet = await dependencies.findWallet(walletId ?? '');
  if (wallet?.kind !== 'merchant') return refuse('wallet_not_found');
  if (currency !== undefined && currency !== wallet.currency) {
    return refuseField('currency_mismatch', '/currency');
  }
  return {
    ...{ wallet_id: wallet.walletId, owner_id: wallet.ownerId, payment_id: null },
    ...{ currency: wallet.currency, objection: null },
  };
}

async function askedOfPayment(
  { db, findWallet }: SettlementDependencies,
  caller: Caller,
  paymentId: string,
): Promise<Asked | Refusal> {
  const payment = await findPayment(db.knex, paymentId);
  if (payment === null) return refuse('payment_not_found');
  if (!isOperator(caller) && payment.payeeId !== caller.userId) {
    return refuse(
      payment.payerId === caller.userId ? 'not_allowed_for_party' : 'payment_not_found',
    );
  }
  const wallet = await findWallet(payment.payeeWalletId);
  if (wallet?.kind !== 'merchant') return refuse('wallet_not_found');
  return {
    ...{ wallet_id: wallet.walletId, owner_id: wallet.ownerId, payment_id: payment.id },
    ...{ currency: payment.currency, objection: await objectionTo(db, payment) },
  };
}

async function objectionTo(db: Database, payment: PaymentView): Promise<Answer | null> {
  const earlier = await findSettlementOf(db.knex, payment.id);
  if (earlier !== null) {
    const headers = { Location: `/settlements/${earlier.id}` };
    return { status: 200, body: shownSettlement(earlier), headers };
  }
  if (payment.capturedMinor === 0n) return refuse('payment_not_captured');
  const now = (await findRefundabilities(db.knex, [payment.id])).get(payment.id);
  if (now?.isDisputed === true) return refuse('payment_disputed');
  return now !== undefined && now.remainingMinor <= 0n ? refuse('nothing_to_settle') : null;
}
