import type { Queryable } from '../database/database.ts';
import { defaultMerchantSettings } from '../merchants/settings.ts';
import type { PaymentFailure, PaymentStatus, PaymentView } from './payment.ts';

/**
 * One payment whatever its parties, or null when settlement has not decided it yet (or it never
 * was). Who may see it is the caller's question: the view names both parties.
 */
export async function findPayment(db: Queryable, id: string): Promise<PaymentView | null> {
  return (await findPayments(db, [id])).get(id.toLowerCase()) ?? null;
}

/** By id, in lower case; those that were never settled are left out. */
export async function findPayments(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, PaymentView>> {
  const found = await db.raw<{ rows: PaymentRow[] }>(
    `select p.*, ${availableOnOf('p')} from payment p where p.id = any(?::uuid[])`,
    [[...ids]],
  );
  return new Map(found.rows.map((row) => [row.id, paymentOf(row)]));
}

/**
 * When the last of what was captured of a payment is the merchant's to take, by its clearing time
 * of now; as SQL. Null where nothing was captured, and between customers.
 */
export function availableOnOf(payment: string): string {
  return `case when ${payment}.captured_minor > 0 then
      coalesce(${payment}.captured_at, ${payment}.decided_at) + make_interval(secs => (
        select coalesce(s.clearing_seconds, ${defaultMerchantSettings.clearingSeconds})
        from wallet w left join merchant_settings s on s.wallet_id = w.id
        where w.id = ${payment}.payee_wallet_id and w.kind = 'merchant'))
    end as available_on`;
}

export type PaymentRow = {
  id: string;
  status: PaymentStatus;
  version: number;
  payer_wallet_id: string;
  payee_wallet_id: string;
  payer_id: string;
  payee_id: string;
  amount_minor: string;
  fee_minor: string;
  captured_minor: string;
  refunded_minor: string;
  disputed_minor: string;
  currency: string;
  capture: 'automatic' | 'manual';
  failure_code: PaymentFailure | null;
  authorization_expires_at: Date | null;
  description: string | null;
  reference: string | null;
  metadata: Record<string, string> | null;
  accepted_at: Date;
  updated_at: Date;
  available_on: Date | null;
};

export function paymentOf(row: PaymentRow): PaymentView {
  return {
    id: row.id,
    status: row.status,
    version: row.version,
    payerWalletId: row.payer_wallet_id,
    payeeWalletId: row.payee_wallet_id,
    payerId: row.payer_id,
    payeeId: row.payee_id,
    amountMinor: BigInt(row.amount_minor),
    feeMinor: BigInt(row.fee_minor),
    capturedMinor: BigInt(row.captured_minor),
    refundedMinor: BigInt(row.refunded_minor),
    disputedMinor: BigInt(row.disputed_minor),
    currency: row.currency,
    capture: row.capture,
    failureCode: row.failure_code,
    authorizationExpiresAt: row.authorization_expires_at,
    availableOn: row.available_on,
    description: row.description,
    reference: row.reference,
    metadata: row.metadata,
    createdAt: row.accepted_at,
    updatedAt: row.updated_at,
  };
}
