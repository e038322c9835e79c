import { findSettlement, type Database, type SettlementView } from '@wallet/core-ledger';
import { topics, type SettlementIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';

export const decidedStatuses = [
  ...(['scheduled', 'pending_approval', 'submitted', 'settled'] as const),
  ...(['partially_settled', 'failed', 'returned', 'aborted'] as const),
] as const;

const amount = (description: string) => fields.shownAmount().meta({ description });

/** gross − refunds − disputes − fees + carried = net; the same members in the report. */
export const reportFields = {
  gross_minor: amount('Captured payments.'),
  refunds_minor: amount('Given back to payers.'),
  disputes_minor: amount('Set aside for disputes, less what came back of it.'),
  fees_minor: amount('Fees, less those returned.'),
  carried_minor: amount('From earlier batches and by other ways, less what later ones get.'),
  net_minor: amount('What goes to the bank.'),
};

/** A settlement as the contract shows it. */
export const settlementSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('settlement'),
    status: z.enum(['pending', ...decidedStatuses]),
    merchant_wallet_id: fields.id(),
    currency: fields.shownCurrency(),
    payment_id: fields.id().nullable().meta({ description: 'Of this payment alone.' }),
    window_id: fields.id().nullable(),
    batch_id: fields
      .id()
      .nullable()
      .meta({ description: 'Of a scheduled one: the batch that its payment is in.' }),
    available_on: fields.time().nullable(),
    ...reportFields,
    confirmed_minor: amount('Of the net, what the bank has paid.'),
    returned_minor: amount('Of the net, what came back; later batches carry it.'),
    item_count: z.int().min(0),
    destination: fields.text(64).nullable(),
    reference: fields.text(140).nullable(),
    failure_code: fields.word('negative_balance').nullable(),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'Settlement' });

export type SettlementShown = z.output<typeof settlementSchema>;

export const isOperator = ({ role }: Pick<Caller, 'role'>): boolean => role === 'operator';

/** Settlements, for accepting, waiting and reading. */
export function createSettlementKind(db: Database): IntentKind<SettlementIntent, SettlementShown> {
  return {
    noun: 'settlement',
    path: '/settlements',
    topic: topics.settlementIntents,
    keyOf: (intent) => intent.wallet_id ?? intent.intent_id,
    partiesOf: (intent) => [intent.owner_id ?? ''],
    maySee: (caller, parties) => isOperator(caller) || parties.includes(caller.userId),
    first: pendingSettlement,
    async find(id) {
      const view = await findSettlement(db.knex, id);
      return view === null ? null : { shown: shownSettlement(view), parties: [view.ownerId] };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

function pendingSettlement(intent: SettlementIntent): SettlementShown {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  return {
    ...{ id: intent.intent_id, object: 'settlement', status: 'pending' },
    ...{ merchant_wallet_id: intent.wallet_id ?? '', currency: intent.currency },
    ...{ payment_id: intent.payment_id, window_id: null, batch_id: null, available_on: null },
    ...{ gross_minor: 0, refunds_minor: 0, disputes_minor: 0, fees_minor: 0, carried_minor: 0 },
    ...{ net_minor: 0, confirmed_minor: 0, returned_minor: 0, item_count: 0, destination: null },
    ...{ reference: null, failure_code: null, created_at: acceptedAt, updated_at: acceptedAt },
  };
}

/** A settlement as the ledger has it. */
export function shownSettlement(view: SettlementView): SettlementShown {
  const { availableOnMs } = view;
  return {
    ...{ id: view.id, object: 'settlement', status: view.status },
    ...{ merchant_wallet_id: view.walletId, currency: view.currency },
    ...{ payment_id: view.paymentId, window_id: view.windowId, batch_id: view.batchId },
    available_on: availableOnMs === null ? null : new Date(availableOnMs).toISOString(),
    ...shownReport(view),
    confirmed_minor: Number(view.confirmedMinor),
    ...{ returned_minor: Number(view.returnedMinor), item_count: view.itemCount },
    ...{ destination: view.destination, reference: view.reference },
    failure_code: view.failureCode,
    ...{ created_at: view.createdAt.toISOString(), updated_at: view.updatedAt.toISOString() },
  };
}

export function shownReport(view: SettlementView) {
  return {
    gross_minor: Number(view.grossMinor),
    refunds_minor: Number(view.refundsMinor),
    disputes_minor: Number(view.disputesMinor),
    fees_minor: Number(view.feesMinor),
    carried_minor: Number(view.carriedMinor),
    net_minor: Number(view.netMinor),
  };
}
