import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import type { SettlementItem } from './batch.ts';
import { settlementColumns, settlementOf } from './columns.ts';
import type { Settlement, SettlementStatus } from './settlement.ts';

/** A settlement as it is shown: one that has its place in a window shows the batch it is in. */
export type SettlementView = Settlement & {
  /** The batch that its payment is settled in; null until there is one, or when it is its own. */
  readonly batchId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** As `viewOf` reads it: behind the settlement what became of the batch that it is in. */
export const shownColumns = `${settlementColumns}, coalesce(b.status, s.status) as shown_status,
    b.id as batch_id,
    floor(extract(epoch from greatest(s.updated_at, b.updated_at)) * 1000)::bigint as shown_at`;

/** The batch `b` in which the payment of a scheduled settlement `s` is. */
export const withBatch = `left join lateral (
    select batch.id, batch.status, batch.updated_at
    from settlement_item i join settlement batch on batch.id = i.settlement_id
    where s.status = 'scheduled' and i.payment_id = s.payment_id and i.wallet_id = s.wallet_id
      and i.gross_minor > 0 and not i.is_released
    order by i.posted_at desc limit 1) b on true`;

/** One settlement, or null when it has not been decided yet (or never was). */
export async function findSettlement(db: Queryable, id: string): Promise<SettlementView | null> {
  const [view] = await read(db, 'where s.id = $1::uuid', [id]);
  return view ?? null;
}

/** Those of these ids, as statements of banks name them; in no order. */
export function findSettlements(db: Queryable, ids: readonly string[]): Promise<SettlementView[]> {
  return read(db, 'where s.id = any($1::uuid[])', [`{${ids.join(',')}}`]);
}

/** The settlement of a payment alone, or its place in a window, unless it failed. */
export async function findSettlementOf(
  db: Queryable,
  paymentId: string,
): Promise<SettlementView | null> {
  const [view] = await read(db, `where s.payment_id = $1::uuid and s.status <> 'failed'`, [
    paymentId,
  ]);
  return view ?? null;
}

type Values = readonly (string | number | null)[];

async function read(db: Queryable, where: string, values: Values): Promise<SettlementView[]> {
  const text = `select ${shownColumns} from settlement s ${withBatch} ${where}`;
  const { rows } = await runStatement(db, { name: '', text, values });
  return rows.map(viewOf);
}

/** A row of `shownColumns`, and of nothing behind them. */
export function viewOf(row: readonly (string | null)[]): SettlementView {
  const settlement = settlementOf(row);
  const [status, batchId = null, updatedAtMs] = row.slice(-3);
  return {
    ...settlement,
    ...{ status: status as SettlementStatus, batchId },
    ...{ createdAt: new Date(settlement.acceptedAtMs), updatedAt: new Date(Number(updatedAtMs)) },
  };
}

export type ShownItem = SettlementItem & { readonly isReleased: boolean };

/** What a batch consists of, the oldest first, behind the one of that place. */
export async function listSettlementItems(
  db: Queryable,
  settlementId: string,
  page: { limit: number; after: { postedAtMs: number; transferId: string } | null },
): Promise<ShownItem[]> {
  const found = await db.raw<{ rows: ItemRow[] }>(
    `select transfer_id, kind, payment_id, gross_minor, refunds_minor, disputes_minor, fees_minor,
       other_minor, is_released, floor(extract(epoch from posted_at) * 1000)::text as posted_ms
     from settlement_item
     where settlement_id = :id::uuid and (:after_ms::numeric is null
       or (posted_at, transfer_id) > (to_timestamp(:after_ms::numeric / 1000), :after_id::uuid))
     order by posted_at, transfer_id limit :limit`,
    {
      ...{ id: settlementId, limit: page.limit },
      ...{ after_ms: page.after?.postedAtMs ?? null, after_id: page.after?.transferId ?? null },
    },
  );
  return found.rows.map((row) => ({
    ...{ transferId: row.transfer_id, kind: row.kind, paymentId: row.payment_id },
    ...{ grossMinor: BigInt(row.gross_minor), refundsMinor: BigInt(row.refunds_minor) },
    ...{ disputesMinor: BigInt(row.disputes_minor), feesMinor: BigInt(row.fees_minor) },
    ...{ otherMinor: BigInt(row.other_minor), postedAtMs: Number(row.posted_ms) },
    isReleased: row.is_released,
  }));
}

type ItemRow = {
  transfer_id: string;
  kind: SettlementItem['kind'];
  payment_id: string | null;
  gross_minor: string;
  refunds_minor: string;
  disputes_minor: string;
  fees_minor: string;
  other_minor: string;
  is_released: boolean;
  posted_ms: string;
};
