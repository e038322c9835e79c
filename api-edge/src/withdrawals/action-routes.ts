import type { Database, WithdrawalAction } from '@wallet/core-ledger';
import { topics, type WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionErrors, actionResponses } from '../actions/routes.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import { refuse } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import type { Withdrawal } from './withdrawal.ts';

export type WithdrawalActionDependencies = {
  db: Database;
  withdrawals: IntentKind<WalletIntent, Withdrawal>;
  accept: Accept;
  show: Show;
  findWallet: FindWallet;
};

const reason = fields
  .text(500)
  .meta({ description: 'Kept in the history of the withdrawal.', example: 'Account unknown' });

const actions = [
  {
    action: 'withdrawal_confirmation',
    path: '/withdrawals/{id}/confirm',
    summary: 'Say that the bank has paid a withdrawal out',
    body: z.strictObject({ reason: reason.optional() }).meta({ id: 'ConfirmationRequest' }),
  },
  {
    action: 'withdrawal_return',
    path: '/withdrawals/{id}/return',
    summary: 'Say that a withdrawal came back',
    body: z.strictObject({ reason }).meta({ id: 'ReturnRequest' }),
  },
] as const;

/** What operators hear of withdrawals from banks. */
export function withdrawalActionRoutes(
  route: Route,
  dependencies: WithdrawalActionDependencies,
): void {
  const { db, withdrawals, accept, show, findWallet } = dependencies;
  for (const { action, path, summary, body } of actions) {
    const kind = withdrawalActionKind(db, action);
    route({
      ...{ method: 'post', path, tag: 'withdrawals', summary, body },
      scope: 'withdrawals:settle',
      idempotent: true,
      fromTicket: true,
      params: z.object({ id: fields.id() }),
      responses: actionResponses('withdrawal'),
      errors: [actionErrors[0]],
      async handler(call) {
        const { caller } = call;
        const answer = await show(caller, withdrawals, call.params.id);
        if ('problem' in answer) return answer;
        const withdrawal = answer.body as Withdrawal;
        const wallet = await findWallet(withdrawal.wallet_id);
        const extensions = { withdrawal_status: withdrawal.status };
        const isOpen = withdrawal.status === 'in_transit';
        return accept(call, {
          kind,
          objection: isOpen ? null : refuse('invalid_state', { extensions }),
          intent: ({ id, payloadHash, acceptedAtMs }): WalletIntent => ({
            ...{ intent_id: id, caller_id: caller.userId, kind: action },
            ...{ wallet_id: withdrawal.wallet_id, owner_id: wallet?.ownerId ?? '' },
            ...{ amount_minor: 0n, currency: withdrawal.currency, withdrawal_id: withdrawal.id },
            ...{ reference: null, destination: null, payment_id: null, final: false },
            ...{ reason: call.body.reason ?? null, actor_role: caller.role },
            ...{ payload_hash: payloadHash, accepted_at: acceptedAtMs },
          }),
        });
      },
    });
  }
}

function withdrawalActionKind(db: Database, action: WithdrawalAction) {
  return createActionKind<WalletIntent>({
    ...{ db, noun: 'withdrawal', kind: action, topic: topics.walletIntents },
    nounIdOf: ({ withdrawal_id, intent_id }) => withdrawal_id ?? intent_id,
  });
}
