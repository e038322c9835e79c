import type { Queryable } from '../database/database.ts';
import { openStatuses } from '../disputes/columns.ts';
import type { RefundFailure, RefundStatus, RefundView } from './refund.ts';

/** One refund, or null when it has not been decided yet (or never was). */
export async function findRefund(db: Queryable, id: string): Promise<RefundView | null> {
  const found = await db.raw<{ rows: RefundRow[] }>(`select * from refund where id = ?::uuid`, [
    id,
  ]);
  const row = found.rows[0];
  return row === undefined ? null : viewOf(row);
}

/** What of a payment may still go back, in minor units, and whether a chargeback of it is open. */
export type Refundability = { readonly remainingMinor: bigint; readonly isDisputed: boolean };

/** By payment id, in lower case; payments that were never settled are left out. */
export async function findRefundabilities(
  db: Queryable,
  paymentIds: readonly string[],
): Promise<Map<string, Refundability>> {
  type Row = { id: string; remaining_minor: string; is_disputed: boolean };
  const found = await db.raw<{ rows: Row[] }>(
    `select id,
       captured_minor - refunded_minor - refunding_minor - disputed_minor as remaining_minor,
       exists (select from dispute d where d.payment_id = p.id and d.stage = 'chargeback'
         and d.status in ${openStatuses}) as is_disputed
     from payment p where id = any(?::uuid[])`,
    [[...paymentIds]],
  );
  return new Map(
    found.rows.map(({ id, remaining_minor: remaining, is_disputed: isDisputed }) => [
      id,
      { remainingMinor: BigInt(remaining), isDisputed },
    ]),
  );
}

/** Whose refunds, at most so many, and before which one. */
export type RefundQuery = {
  /** A user who pays or is paid; null: of everybody, and then of one payment. */
  readonly partyId: string | null;
  readonly paymentId: string | null;
  readonly status: RefundStatus | null;
  readonly limit: number;
  readonly before: RefundCursor | null;
};

type RefundCursor = { readonly acceptedAtMs: number; readonly id: string };

/** Newest first. */
export async function listRefunds(db: Queryable, query: RefundQuery): Promise<RefundView[]> {
  const { partyId, paymentId, status, limit, before } = query;
  const conditions = [
    ...(paymentId === null ? [] : ['payment_id = :payment_id::uuid']),
    ...(status === null ? [] : ['status = :status']),
    ...(before === null
      ? []
      : ['(accepted_at, id) < (to_timestamp(:before_ms::numeric / 1000), :before_id::uuid)']),
  ];
  // One branch for each index: what a user paid, and what was paid to the user.
  const sides = partyId === null ? ['true'] : ['payer_id = :party_id', 'payee_id = :party_id'];
  const branches = sides.map(
    (side) => `(select * from refund where ${[side, ...conditions].join(' and ')}
      order by accepted_at desc, id desc limit :limit)`,
  );
  const found = await db.raw<{ rows: RefundRow[] }>(
    `select * from (${branches.join(' union ')}) r order by accepted_at desc, id desc limit :limit`,
    {
      ...{ party_id: partyId, payment_id: paymentId, status, limit },
      ...{ before_ms: before?.acceptedAtMs ?? 0, before_id: before?.id ?? null },
    },
  );
  return found.rows.map(viewOf);
}

type RefundRow = {
  id: string;
  payment_id: string;
  payer_wallet_id: string;
  payee_wallet_id: string;
  payer_id: string;
  payee_id: string;
  actor_id: string;
  amount_minor: string;
  asked_minor: string;
  fee_returned_minor: string;
  remaining_minor: string | null;
  accepted_at: Date;
  updated_at: Date;
  version: number;
  status: RefundStatus;
  currency: string;
  reason: string | null;
  failure_code: RefundFailure | null;
  to_suspense: boolean;
};

function viewOf(row: RefundRow): RefundView {
  return {
    ...{ id: row.id, paymentId: row.payment_id, actorId: row.actor_id },
    ...{ payerWalletId: row.payer_wallet_id, payeeWalletId: row.payee_wallet_id },
    ...{ payerId: row.payer_id, payeeId: row.payee_id },
    amountMinor: BigInt(row.amount_minor),
    askedMinor: BigInt(row.asked_minor),
    feeReturnedMinor: BigInt(row.fee_returned_minor),
    remainingMinor: row.remaining_minor === null ? null : BigInt(row.remaining_minor),
    ...{ currency: row.currency, status: row.status, version: row.version, reason: row.reason },
    ...{ failureCode: row.failure_code, toSuspense: row.to_suspense },
    ...{ createdAt: row.accepted_at, updatedAt: row.updated_at },
  };
}
