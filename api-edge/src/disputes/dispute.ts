import {
  disputeReasons,
  findDispute,
  type Database,
  type DisputeView,
  type ShownDisputeStatus,
} from '@wallet/core-ledger';
import { topics, type DisputeIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';

export const disputeStatuses = [
  'pending',
  'opened',
  'answered',
  'closed',
  'needs_response',
  'under_review',
  'won',
  'lost',
  'partially_won',
  'accepted',
  'withdrawn',
  'expired',
  'under_appeal',
  'failed',
] as const satisfies readonly ShownDisputeStatus[];

export const stages = ['inquiry', 'chargeback'] as const;
export const reasons = disputeReasons;

/** A dispute as the contract shows it; won and lost are the payee's. */
export const disputeSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('dispute'),
    status: z.enum(disputeStatuses),
    stage: z.enum(stages),
    payment_id: fields.id(),
    payer_wallet_id: fields.id().nullable(),
    payee_wallet_id: fields.id().nullable(),
    amount_minor: fields.shownAmount().nullable().meta({ description: 'What is disputed.' }),
    awarded_minor: fields.shownAmount().meta({ description: "The payer's for good." }),
    provisional_minor: fields
      .shownAmount()
      .meta({ description: 'Given to the payer while the dispute runs.' }),
    fee_minor: fields.shownAmount().meta({ description: 'What the payee pays for the dispute.' }),
    currency: fields.shownCurrency(),
    reason: z.enum(reasons),
    description: fields.text(2_000),
    failure_code: fields.word('already_refunded').nullable(),
    due_by: fields
      .time()
      .nullable()
      .meta({ description: 'When what the status waits for must have happened.' }),
    appeal_until: fields.time().nullable(),
    appealed_by: z.enum(['payer', 'payee']).nullable(),
    second_decision_needed: z
      .boolean()
      .meta({ description: 'One operator has decided; another must ask for the same.' }),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'Dispute' });

export type ShownDispute = z.output<typeof disputeSchema>;

/** Support and operators see every dispute, its parties their own. */
export function maySeeDispute(caller: Caller, parties: readonly string[]): boolean {
  const isStaff = caller.role === 'support' || caller.role === 'operator';
  return isStaff || parties.includes(caller.userId);
}

/** Disputes, for accepting, waiting and reading. */
export function createDisputeKind(db: Database): IntentKind<DisputeIntent, ShownDispute> {
  return {
    noun: 'dispute',
    path: '/disputes',
    topic: topics.disputeIntents,
    keyOf: (intent) => intent.dispute_id,
    partiesOf: (intent) => [intent.caller_id],
    maySee: maySeeDispute,
    first: pendingDispute,
    async find(id) {
      const view = await findDispute(db.knex, id);
      return view === null
        ? null
        : { shown: shownDispute(view), parties: [view.payerId, view.payeeId] };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

function pendingDispute(intent: DisputeIntent): ShownDispute {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  return {
    ...{ id: intent.intent_id, object: 'dispute', status: 'pending' },
    stage: intent.stage as ShownDispute['stage'],
    ...{ payment_id: intent.payment_id, payer_wallet_id: null, payee_wallet_id: null },
    amount_minor: intent.amount_minor === 0n ? null : Number(intent.amount_minor),
    ...{ awarded_minor: 0, provisional_minor: 0, fee_minor: 0, currency: intent.currency },
    reason: intent.reason as ShownDispute['reason'],
    ...{ description: intent.description ?? '', failure_code: null, due_by: null },
    ...{ appeal_until: null, appealed_by: null, second_decision_needed: false },
    ...{ created_at: acceptedAt, updated_at: acceptedAt },
  };
}

export function shownDispute(view: DisputeView): ShownDispute {
  const { position } = view;
  return {
    ...{ id: view.id, object: 'dispute', status: view.status, stage: view.stage },
    ...{ payment_id: view.paymentId, payer_wallet_id: view.payerWalletId },
    ...{ payee_wallet_id: view.payeeWalletId, amount_minor: Number(view.amountMinor) },
    awarded_minor: Number(position.awarded),
    provisional_minor: Number(position.credited),
    fee_minor: Number(position.fee),
    ...{ currency: view.currency, reason: view.reason, description: view.description },
    ...{ failure_code: view.failureCode, due_by: timeOf(view.dueAtMs) },
    ...{ appeal_until: timeOf(view.appealUntilMs), appealed_by: view.appealedBy },
    second_decision_needed: view.proposal !== null,
    created_at: new Date(view.openedAtMs).toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
