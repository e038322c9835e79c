import { findWalletViews, type Database, type WalletFacts } from '@wallet/core-ledger';
import type { WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { acceptedResponses } from '../intents/accepted-responses.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse, refuseField, type Refusal } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import { withdrawalSchema, type Withdrawal } from './withdrawal.ts';

export type WithdrawalDependencies = {
  db: Database;
  withdrawals: IntentKind<WalletIntent, Withdrawal>;
  accept: Accept;
  show: Show;
  findWallet: FindWallet;
};

const withdrawalRequest = z
  .strictObject({
    wallet_id: fields.id(),
    amount_minor: fields.amount(),
    currency: fields.currency(),
    destination: fields
      .text(64)
      .meta({ description: 'Where the money goes: an opaque reference.', example: 'bank-7' }),
    reference: fields.text(64).optional(),
  })
  .meta({ id: 'WithdrawalRequest' });

type WithdrawalRequest = z.output<typeof withdrawalRequest>;

/** Money that leaves a wallet for a bank. */
export function withdrawalRoutes(route: Route, dependencies: WithdrawalDependencies): void {
  const { db, withdrawals, accept, show, findWallet } = dependencies;
  route({
    method: 'post',
    path: '/withdrawals',
    tag: 'withdrawals',
    summary: 'Send money of a wallet of yours to a bank',
    description:
      'It leaves the wallet when it is `in_transit`, and ends `paid`, or `returned` to the ' +
      'wallet. `limit_kind`, `limit`, `used` and `resets_at` say which limit stood against it.',
    scope: 'withdrawals:write',
    idempotent: true,
    body: withdrawalRequest,
    responses: acceptedResponses(withdrawalSchema),
    errors: [
      ...(['invalid_amount', 'unsupported_currency', 'currency_mismatch'] as const),
      ...(['wallet_not_found', 'account_frozen', 'account_closed', 'insufficient_funds'] as const),
    ],
    async handler(call) {
      const { caller, body } = call;
      const wallet = await findWallet(body.wallet_id.toLowerCase());
      // Somebody else's wallet is as good as none.
      if (wallet?.ownerId !== caller.userId) return refuseField('wallet_not_found', '/wallet_id');
      if (wallet.currency !== body.currency) {
        return refuse('currency_mismatch', { extensions: { wallet_currency: wallet.currency } });
      }
      return accept(call, {
        kind: withdrawals,
        intent: (given) => withdrawalIntent(caller, body, wallet, given),
        objection: await objectionOf(db, wallet, body.amount_minor),
      });
    },
  });
  route({
    method: 'get',
    path: '/withdrawals/{id}',
    tag: 'withdrawals',
    summary: 'See a withdrawal',
    scope: 'withdrawals:read',
    idempotent: false,
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'The withdrawal as it is now.', schema: withdrawalSchema } },
    errors: ['state_unavailable'],
    handler: ({ caller, params }) => show(caller, withdrawals, params.id),
  });
}

/** As far as committed state tells; the ledger asks again under the account's lock. */
async function objectionOf(
  db: Database,
  { walletId }: WalletFacts,
  amountMinor: number,
): Promise<Refusal | null> {
  const [wallet] = await findWalletViews(db.knex, [walletId]);
  if (wallet?.status === 'frozen') return refuse('account_frozen');
  if (wallet?.status === 'closed') return refuse('account_closed');
  if (wallet === undefined || wallet.availableMinor >= BigInt(amountMinor)) return null;
  const available_minor = Number(wallet.availableMinor);
  return refuse('insufficient_funds', { extensions: { available_minor } });
}

function withdrawalIntent(
  caller: Caller,
  body: WithdrawalRequest,
  wallet: WalletFacts,
  given: { id: string; payloadHash: Buffer; acceptedAtMs: number },
): WalletIntent {
  return {
    ...{ intent_id: given.id, caller_id: caller.userId, kind: 'withdrawal' },
    ...{ wallet_id: wallet.walletId, owner_id: wallet.ownerId },
    ...{ amount_minor: BigInt(body.amount_minor), currency: body.currency },
    ...{ reference: body.reference ?? null, destination: body.destination },
    ...{ payment_id: null, withdrawal_id: null, final: false },
    ...{ reason: null, actor_role: caller.role },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  };
}
