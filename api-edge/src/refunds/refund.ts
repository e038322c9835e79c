import { findRefund, type Database, type RefundStatus, type RefundView } from '@wallet/core-ledger';
import { topics, type RefundIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';

const statuses = [
  ...(['pending', 'succeeded', 'failed', 'canceled'] as const),
] as const satisfies readonly RefundStatus[];

/** A refund as the contract shows it. */
export const refundSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('refund'),
    status: z.enum(statuses),
    pending_reason: z
      .enum(['processing', 'insufficient_funds'])
      .nullable()
      .meta({ description: 'Short of money, it is tried again at every credit of the payee.' }),
    payment_id: fields.id(),
    payer_wallet_id: fields.id(),
    payee_wallet_id: fields.id(),
    amount_minor: fields.shownAmount().nullable().meta({
      description: 'Null until it is decided when all that is left was asked for.',
    }),
    fee_returned_minor: fields
      .shownAmount()
      .meta({ description: "Of the payment's fee, what the payee got back." }),
    currency: fields.shownCurrency(),
    reason: fields.text(500).nullable(),
    failure_code: fields.word('refund_exceeds_remaining').nullable(),
    remaining_minor: fields
      .shownAmount()
      .nullable()
      .meta({ description: 'What could still go back when more was asked for.' }),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'Refund' });

export type RefundShown = z.output<typeof refundSchema>;

/** Whose work it is to give money back for others. */
export function isStaff({ role }: Pick<Caller, 'role'>): boolean {
  return role === 'support' || role === 'operator';
}

/** Refunds, for accepting, waiting and reading. */
export function createRefundKind(db: Database): IntentKind<RefundIntent, RefundShown> {
  return {
    noun: 'refund',
    path: '/refunds',
    topic: topics.refundIntents,
    keyOf: (intent) => intent.payment_id,
    partiesOf: (intent) => [intent.payer_id, intent.payee_id],
    maySee: (caller, parties) => isStaff(caller) || parties.includes(caller.userId),
    first: pendingRefund,
    async find(id) {
      const view = await findRefund(db.knex, id);
      return view === null
        ? null
        : { shown: shownRefund(view), parties: [view.payerId, view.payeeId] };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

function pendingRefund(intent: RefundIntent): RefundShown {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  return {
    ...{ id: intent.intent_id, object: 'refund', status: 'pending' },
    ...{ pending_reason: 'processing', payment_id: intent.payment_id },
    ...{ payer_wallet_id: intent.payer_wallet_id, payee_wallet_id: intent.payee_wallet_id },
    amount_minor: intent.amount_minor === 0n ? null : Number(intent.amount_minor),
    ...{ fee_returned_minor: 0, currency: intent.currency, reason: intent.reason },
    ...{ failure_code: null, remaining_minor: null },
    ...{ created_at: acceptedAt, updated_at: acceptedAt },
  };
}

/** A refund as the ledger has it. */
export function shownRefund(view: RefundView): RefundShown {
  return {
    ...{ id: view.id, object: 'refund', status: view.status },
    // What the ledger has and is pending still is so for want of money.
    pending_reason: view.status === 'pending' ? 'insufficient_funds' : null,
    payment_id: view.paymentId,
    ...{ payer_wallet_id: view.payerWalletId, payee_wallet_id: view.payeeWalletId },
    amount_minor: Number(view.amountMinor),
    fee_returned_minor: Number(view.feeReturnedMinor),
    ...{ currency: view.currency, reason: view.reason, failure_code: view.failureCode },
    remaining_minor: view.remainingMinor === null ? null : Number(view.remainingMinor),
    created_at: view.createdAt.toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}
