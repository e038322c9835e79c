import type { WalletFacts } from '@wallet/core-ledger';
import type { PaymentIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Caller } from '../http/call.ts';
import { anyText, fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse, refuseField, type Refusal } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import type { Standings } from '../wallets/standing.ts';
import { paymentContext } from './context.ts';
import { paymentSchema, type Payment } from './payment.ts';

export type PaymentDependencies = {
  payments: IntentKind<PaymentIntent, Payment>;
  accept: Accept;
  show: Show;
  findWallet: FindWallet;
  standings: Standings;
  sandbox: boolean;
};

const longestAuthorizationSeconds = 604_800;

function paymentRequestSchema(sandbox: boolean) {
  return z
    .strictObject({
      payer_wallet_id: fields.id(),
      payee_wallet_id: fields.id(),
      amount_minor: fields.amount(),
      currency: fields.currency(),
      capture: z.enum(['automatic', 'manual']).default('automatic'),
      authorization_expires_in: z
        .int()
        .min(sandbox ? 1 : 60)
        .max(longestAuthorizationSeconds)
        .optional()
        .meta({ description: 'Seconds; for capture "manual".' }),
      description: fields.text(500).optional(),
      reference: fields.text(64).optional(),
      metadata: z
        .record(fields.text(40), fields.text(500, 0))
        .refine((entries) => Object.keys(entries).length <= 50)
        .meta({
          description: 'Up to 50 texts of your own.',
          maxProperties: 50,
          // The generator says nothing of keys.
          propertyNames: { type: 'string', minLength: 1, maxLength: 40, pattern: anyText },
        })
        .optional(),
      context: paymentContext().optional(),
    })
    .meta({ id: 'PaymentRequest' });
}

type PaymentRequest = z.output<ReturnType<typeof paymentRequestSchema>>;

/** Moving money from wallet to wallet. */
export function paymentRoutes(route: Route, dependencies: PaymentDependencies): void {
  const { payments, accept, show, findWallet, standings, sandbox } = dependencies;
  route({
    method: 'post',
    path: '/payments',
    tag: 'payments',
    summary: 'Pay from a wallet of yours',
    description:
      '202 means kept: the payment will reach a final state. `Prefer: wait=N` waits for it.',
    scope: 'payments:write',
    idempotent: true,
    body: paymentRequestSchema(sandbox),
    responses: acceptedResponses(paymentSchema),
    errors: [
      'invalid_amount',
      'unsupported_currency',
      'same_account',
      'currency_mismatch',
      'wallet_not_found',
      'account_frozen',
      'account_closed',
    ],
    async handler(call) {
      const parties = await findParties(findWallet, call.caller, call.body);
      if ('problem' in parties) return parties;
      return accept(call, {
        kind: payments,
        intent: (given) => paymentIntent(call.caller, call.body, { ...parties, ...given }),
        objection: await standings.objectionTo(
          ...([call.body.payer_wallet_id, call.body.payee_wallet_id] as const),
        ),
      });
    },
  });
  route({
    method: 'get',
    path: '/payments/{id}',
    tag: 'payments',
    summary: 'See a payment',
    description: 'Payer and payee see it, from the moment it was accepted.',
    scope: 'payments:read',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'The payment as it is now.', schema: paymentSchema } },
    errors: ['state_unavailable'],
    handler: ({ caller, params }) => show(caller, payments, params.id),
  });
}

type Parties = { payerId: string; payeeId: string };

/** Who pays whom; at once when both wallets are known. */
function findParties(
  findWallet: FindWallet,
  caller: Caller,
  body: PaymentRequest,
): Parties | Refusal | Promise<Parties | Refusal> {
  const payer = findWallet(body.payer_wallet_id);
  const payee = findWallet(body.payee_wallet_id);
  if (!(payer instanceof Promise || payee instanceof Promise)) {
    return judgeParties(caller, body, [payer, payee]);
  }
  return Promise.all([payer, payee]).then((found) => judgeParties(caller, body, found));
}

/** By facts that never change; what may change the ledger decides. */
function judgeParties(
  caller: Caller,
  body: PaymentRequest,
  [payer, payee]: readonly [WalletFacts | undefined, WalletFacts | undefined],
): Parties | Refusal {
  const { payer_wallet_id: payerWalletId, payee_wallet_id: payeeWalletId, currency } = body;
  // Somebody else's wallet is as good as none.
  if (payer?.ownerId !== caller.userId) return refuseField('wallet_not_found', '/payer_wallet_id');
  if (payerWalletId === payeeWalletId) return refuseField('same_account', '/payee_wallet_id');
  if (payee === undefined) return refuseField('wallet_not_found', '/payee_wallet_id');
  if (payer.currency !== currency || payee.currency !== currency) {
    return refuse('currency_mismatch', {
      extensions: { payer_currency: payer.currency, payee_currency: payee.currency },
    });
  }
  return { payerId: payer.ownerId, payeeId: payee.ownerId };
}

function paymentIntent(
  caller: Caller,
  body: PaymentRequest,
  given: {
    id: string;
    payloadHash: Buffer;
    acceptedAtMs: number;
    payerId: string;
    payeeId: string;
  },
): PaymentIntent {
  const { context } = body;
  return {
    intent_id: given.id,
    caller_id: caller.userId,
    payer_wallet_id: body.payer_wallet_id,
    payee_wallet_id: body.payee_wallet_id,
    payer_id: given.payerId,
    payee_id: given.payeeId,
    amount_minor: BigInt(body.amount_minor),
    currency: body.currency,
    capture: body.capture,
    authorization_expires_in: body.authorization_expires_in ?? null,
    description: body.description ?? null,
    reference: body.reference ?? null,
    metadata: body.metadata ?? null,
    context: {
      ip: context?.ip ?? null,
      device_id: context?.device_id ?? null,
      card_bin: context?.card_bin ?? null,
      card_fingerprint: context?.card_fingerprint ?? null,
      country: context?.country ?? null,
    },
    payload_hash: given.payloadHash,
    accepted_at: given.acceptedAtMs,
  };
}
