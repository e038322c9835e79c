import { findWithdrawal, type Database, type WithdrawalView } from '@wallet/core-ledger';
import { topics, type WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import { exceededLimitFields, exceededLimitOf } from '../limits/exceeded.ts';

/** A withdrawal as the contract shows it. */
export const withdrawalSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('withdrawal'),
    status: z.enum(['pending', 'in_transit', 'paid', 'returned', 'failed']),
    wallet_id: fields.id(),
    amount_minor: fields.shownAmount(),
    currency: fields.shownCurrency(),
    destination: fields.text(64).meta({ example: 'bank-7' }),
    failure_code: fields.word('insufficient_funds').nullable(),
    reference: fields.text(64).nullable(),
    created_at: fields.time(),
    updated_at: fields.time(),
    ...exceededLimitFields,
  })
  .meta({ id: 'Withdrawal' });

export type Withdrawal = z.output<typeof withdrawalSchema>;

/** Withdrawals, for accepting, waiting and reading. */
export function createWithdrawalKind(db: Database): IntentKind<WalletIntent, Withdrawal> {
  return {
    noun: 'withdrawal',
    path: '/withdrawals',
    topic: topics.walletIntents,
    keyOf: (intent) => intent.intent_id,
    partiesOf: (intent) => [intent.owner_id],
    maySee: (caller, parties) => caller.role === 'operator' || parties.includes(caller.userId),
    first: pendingWithdrawal,
    async find(id) {
      const view = await findWithdrawal(db.knex, id);
      if (view === null) return null;
      const exceeded = await exceededLimitOf(db, view, { isPayment: false });
      return { shown: { ...shownWithdrawal(view), ...exceeded }, parties: [view.ownerId] };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

function pendingWithdrawal(intent: WalletIntent): Withdrawal {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  return {
    ...{ id: intent.intent_id, object: 'withdrawal', status: 'pending' },
    ...{ wallet_id: intent.wallet_id, destination: intent.destination ?? '' },
    ...{ amount_minor: Number(intent.amount_minor), currency: intent.currency },
    ...{ failure_code: null, reference: intent.reference },
    ...{ created_at: acceptedAt, updated_at: acceptedAt },
  };
}

function shownWithdrawal(view: WithdrawalView): Withdrawal {
  return {
    ...{ id: view.id, object: 'withdrawal', status: view.status },
    ...{ wallet_id: view.walletId, destination: view.destination },
    ...{ amount_minor: Number(view.amountMinor), currency: view.currency },
    ...{ failure_code: view.failureCode, reference: view.reference },
    ...{ created_at: view.createdAt.toISOString(), updated_at: view.updatedAt.toISOString() },
  };
}
