import type { Queryable } from '../database/database.ts';
import type { PaymentFailure, PaymentStatus, PaymentView } from './payment.ts';

/**
 * One payment whatever its parties, or null when settlement has not decided it yet (or it never
 * was). Who may see it is the caller's question: the view names both parties.
 */
export async function findPayment(db: Queryable, id: string): Promise<PaymentView | null> {
  const found = await db.raw<{ rows: PaymentRow[] }>(`select * from payment where id = ?::uuid`, [
    id,
  ]);
  const row = found.rows[0];
  return row === undefined ? null : viewOf(row);
}

type PaymentRow = {
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
};

function viewOf(row: PaymentRow): PaymentView {
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
    description: row.description,
    reference: row.reference,
    metadata: row.metadata,
    createdAt: row.accepted_at,
    updatedAt: row.updated_at,
  };
}
