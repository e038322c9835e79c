import { findTopUp, type Database, type TopUpView } from '@wallet/core-ledger';
import { topics, type WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import { exceededLimitFields, exceededLimitOf } from '../limits/exceeded.ts';

/** A top-up as the contract shows it. */
export const topUpSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('top_up'),
    status: z.enum(['pending', 'succeeded', 'failed']),
    wallet_id: fields.id(),
    amount_minor: fields.shownAmount(),
    currency: fields.shownCurrency(),
    failure_code: fields.word('account_closed').nullable(),
    reference: fields.text(64).nullable(),
    created_at: fields.time(),
    updated_at: fields.time(),
    ...exceededLimitFields,
  })
  .meta({ id: 'TopUp' });

export type TopUp = z.output<typeof topUpSchema>;

/** Top-ups, for accepting, waiting and reading. */
export function createTopUpKind(db: Database): IntentKind<WalletIntent, TopUp> {
  return {
    noun: 'top_up',
    path: '/top-ups',
    topic: topics.walletIntents,
    keyOf: (intent) => intent.intent_id,
    partiesOf: (intent) => [intent.owner_id, intent.caller_id],
    maySee: (caller, parties) => caller.role === 'operator' || parties.includes(caller.userId),
    first: pendingTopUp,
    async find(id) {
      const view = await findTopUp(db.knex, id);
      if (view === null) return null;
      const exceeded = await exceededLimitOf(db, view, { isPayment: false });
      return { shown: { ...shownTopUp(view), ...exceeded }, parties: [view.ownerId] };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

function pendingTopUp(intent: WalletIntent): TopUp {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  return {
    id: intent.intent_id,
    object: 'top_up',
    status: 'pending',
    wallet_id: intent.wallet_id,
    amount_minor: Number(intent.amount_minor),
    currency: intent.currency,
    failure_code: null,
    reference: intent.reference,
    created_at: acceptedAt,
    updated_at: acceptedAt,
  };
}

function shownTopUp(view: TopUpView): TopUp {
  return {
    id: view.id,
    object: 'top_up',
    status: view.status,
    wallet_id: view.walletId,
    amount_minor: Number(view.amountMinor),
    currency: view.currency,
    failure_code: view.failureCode,
    reference: view.reference,
    created_at: view.createdAt.toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}
