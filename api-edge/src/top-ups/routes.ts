import type { WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse, refuseField } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import { topUpSchema, type TopUp } from './top-up.ts';

export type TopUpDependencies = {
  topUps: IntentKind<WalletIntent, TopUp>;
  accept: Accept;
  show: Show;
  findWallet: FindWallet;
};

const topUpRequest = z
  .strictObject({
    wallet_id: fields.id(),
    amount_minor: fields.amount(),
    currency: fields.currency(),
    reference: fields.text(64).optional(),
  })
  .meta({ id: 'TopUpRequest' });

/** Money from outside: an operator's business, in the sandbox the owner's too. */
export function topUpRoutes(route: Route, dependencies: TopUpDependencies): void {
  const { topUps, accept, show, findWallet } = dependencies;
  route({
    method: 'post',
    path: '/top-ups',
    tag: 'top-ups',
    summary: 'Put money on a wallet',
    scope: 'top-ups:write',
    idempotent: true,
    body: topUpRequest,
    responses: acceptedResponses(topUpSchema),
    errors: ['invalid_amount', 'unsupported_currency', 'currency_mismatch', 'wallet_not_found'],
    async handler(call) {
      const { caller, body } = call;
      const wallet = await findWallet(body.wallet_id);
      const mayTopUp = caller.role === 'operator' || wallet?.ownerId === caller.userId;
      if (wallet === undefined || !mayTopUp) return refuseField('wallet_not_found', '/wallet_id');
      if (wallet.currency !== body.currency) {
        return refuse('currency_mismatch', { extensions: { wallet_currency: wallet.currency } });
      }
      return accept(call, {
        kind: topUps,
        intent: ({ id, payloadHash, acceptedAtMs }): WalletIntent => ({
          intent_id: id,
          caller_id: caller.userId,
          kind: 'top_up',
          ...{ wallet_id: wallet.walletId, owner_id: wallet.ownerId },
          amount_minor: BigInt(body.amount_minor),
          currency: body.currency,
          reference: body.reference ?? null,
          ...{ payment_id: null, final: false, reason: null, actor_role: caller.role },
          ...{ destination: null, withdrawal_id: null },
          payload_hash: payloadHash,
          accepted_at: acceptedAtMs,
        }),
      });
    },
  });
  route({
    method: 'get',
    path: '/top-ups/{id}',
    tag: 'top-ups',
    summary: 'See a top-up',
    scope: 'top-ups:read',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'The top-up as it is now.', schema: topUpSchema } },
    errors: ['state_unavailable'],
    handler: ({ caller, params }) => show(caller, topUps, params.id),
  });
}
