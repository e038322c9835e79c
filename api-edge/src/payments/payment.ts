import { type Database, type PaymentView, type ShownStatus } from '@wallet/core-ledger';
import { topics, type PaymentIntent } from '@wallet/schemas';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import { exceededLimitFields, exceededLimitOf } from '../limits/exceeded.ts';
import type { PaymentReads } from './payment-reads.ts';

const statuses = [
  'received',
  'screening',
  'in_review',
  'authorized',
  'captured',
  'failed',
  'rejected',
  'expired',
  'canceled',
] as const satisfies readonly ShownStatus[];

/** A payment as the contract shows it. */
export const paymentSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('payment'),
    status: z.enum(statuses),
    amount_minor: fields.shownAmount(),
    fee_minor: fields.shownAmount(),
    captured_minor: fields.shownAmount(),
    refunded_minor: fields.shownAmount(),
    disputed_minor: fields.shownAmount(),
    currency: fields.shownCurrency(),
    payer_wallet_id: fields.id(),
    payee_wallet_id: fields.id(),
    capture: z.enum(['automatic', 'manual']),
    failure_code: fields.word('insufficient_funds').nullable(),
    authorization_expires_at: fields.time().nullable(),
    available_on: fields.time().nullable().meta({
      description: 'When what was captured has cleared, of payments to merchants.',
    }),
    description: fields.text(500).nullable(),
    reference: fields.text(64).nullable(),
    metadata: z.record(fields.text(40), fields.text(500, 0)).nullable(),
    created_at: fields.time(),
    updated_at: fields.time(),
    ...exceededLimitFields,
  })
  .meta({ id: 'Payment' });

export type Payment = z.output<typeof paymentSchema>;

/** Payments, for accepting, waiting and reading. */
export function createPaymentKind(
  db: Database,
  { readPayment }: Pick<PaymentReads, 'readPayment'>,
): IntentKind<PaymentIntent, Payment> {
  return {
    noun: 'payment',
    path: '/payments',
    topic: topics.paymentIntents,
    keyOf: (intent) => intent.payer_wallet_id,
    partiesOf: (intent) => [intent.payer_id, intent.payee_id],
    maySee: (caller, parties) => parties.includes(caller.userId),
    first: receivedPayment,
    async find(id) {
      const view = await readPayment(id.toLowerCase());
      if (view === undefined) return null;
      const exceeded = await exceededLimitOf(db, view, { isPayment: true });
      const shown = { ...shownPayment(view), ...exceeded };
      return { shown, parties: [view.payerId, view.payeeId] };
    },
    isUndecided: ({ status }) => status === 'received' || status === 'screening',
  };
}

/** An accepted payment of which nothing more is known yet. */
function receivedPayment(intent: PaymentIntent): Payment {
  const acceptedAt = new Date(intent.accepted_at).toISOString();
  return {
    id: intent.intent_id,
    object: 'payment',
    status: 'received',
    amount_minor: Number(intent.amount_minor),
    fee_minor: 0,
    captured_minor: 0,
    refunded_minor: 0,
    disputed_minor: 0,
    currency: intent.currency,
    payer_wallet_id: intent.payer_wallet_id,
    payee_wallet_id: intent.payee_wallet_id,
    capture: intent.capture,
    failure_code: null,
    authorization_expires_at: null,
    available_on: null,
    description: intent.description,
    reference: intent.reference,
    metadata: intent.metadata,
    created_at: acceptedAt,
    updated_at: acceptedAt,
  };
}

/** A payment as the ledger has it. */
export function shownPayment(view: PaymentView): Payment {
  return {
    id: view.id,
    object: 'payment',
    status: view.status,
    amount_minor: Number(view.amountMinor),
    fee_minor: Number(view.feeMinor),
    captured_minor: Number(view.capturedMinor),
    refunded_minor: Number(view.refundedMinor),
    disputed_minor: Number(view.disputedMinor),
    currency: view.currency,
    payer_wallet_id: view.payerWalletId,
    payee_wallet_id: view.payeeWalletId,
    capture: view.capture,
    failure_code: view.failureCode,
    authorization_expires_at: view.authorizationExpiresAt?.toISOString() ?? null,
    available_on: view.availableOn?.toISOString() ?? null,
    description: view.description,
    reference: view.reference,
    metadata: view.metadata,
    created_at: view.createdAt.toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}
