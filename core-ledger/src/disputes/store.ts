import type { Queryable } from '../database/database.ts';
import { disputeColumns, disputeOf } from './columns.ts';
import type { Dispute, DisputeSide, DisputeStatus } from './dispute.ts';
import type { DisputedPayment } from './opening.ts';

/** A dispute as it is read; its id is its intent's id. */
export type DisputeView = Dispute & { readonly updatedAt: Date };

/** One dispute, or null when it has not been decided yet (or never was). */
export async function findDispute(db: Queryable, id: string): Promise<DisputeView | null> {
  const [found] = await readDisputes(db, 'd.id = :id::uuid', { id });
  return found ?? null;
}

/** Disputes whose deadline has passed by the database's clock, the only one that counts. */
export type DueDisputes = {
  readonly nowMs: number;
  readonly disputes: readonly { readonly id: string; readonly paymentId: string }[];
};

/** The oldest `limit` of them; locks nothing. */
export async function findDueDisputes(db: Queryable, limit: number): Promise<DueDisputes> {
  const found = await db.raw<{ rows: { id: string; payment_id: string; now_ms: string }[] }>(
    `select d.id, d.payment_id,
       floor(extract(epoch from statement_timestamp()) * 1000)::int8 as now_ms
     from dispute d where d.due_at <= statement_timestamp() order by d.due_at limit ?`,
    [limit],
  );
  const disputes = found.rows.map(({ id, payment_id: paymentId }) => ({ id, paymentId }));
  return { nowMs: Number(found.rows[0]?.now_ms ?? 0), disputes };
}

export type DisputePage = {
  /** Of whom, as payer or as payee; null is everybody's. */
  readonly userId: string | null;
  readonly status: DisputeStatus | null;
  readonly paymentId: string | null;
  readonly limit: number;
  /** Where the page before ended. */
  readonly before: { readonly atMs: number; readonly id: string } | null;
};

/** One page of disputes, newest first. */
export async function listDisputes(db: Queryable, page: DisputePage): Promise<DisputeView[]> {
  const { userId, status, paymentId, limit, before } = page;
  const conditions = [
    userId === null ? 'true' : '(d.payer_id = :userId::uuid or d.payee_id = :userId::uuid)',
    status === null ? 'true' : 'd.status = :status',
    paymentId === null ? 'true' : 'd.payment_id = :paymentId::uuid',
    before === null ? 'true' : '(d.accepted_at, d.id) < (to_timestamp(:atMs / 1000.0), :id::uuid)',
  ];
  const where = `${conditions.join(' and ')} order by d.accepted_at desc, d.id desc limit :limit`;
  const { atMs = null, id = null } = before ?? {};
  const bindings = { userId, status, paymentId, atMs, id, limit };
  const used = Object.entries(bindings).filter(([name]) => new RegExp(`:${name}\\b`).test(where));
  return readDisputes(db, where, Object.fromEntries(used));
}

async function readDisputes(
  db: Queryable,
  where: string,
  bindings: Record<string, string | number | null>,
): Promise<DisputeView[]> {
  const found = await db.raw<{ rows: { of: string[]; updated_at: Date }[] }>(
    `select array[${textColumns}] as of, d.updated_at from dispute d where ${where}`,
    bindings,
  );
  return found.rows.map((row) => ({ ...disputeOf(row.of), updatedAt: row.updated_at }));
}

/** One array of texts, in the order in which `disputeOf` reads them. */
const textColumns = disputeColumns
  .split(/,(?![^(]*\))/)
  .map((column) => `(${column.trim()})::text`)
  .join(', ');

/** What the edge asks of a payment before it accepts a dispute of it; null when there is none. */
export async function findDisputedPayment(
  db: Queryable,
  paymentId: string,
): Promise<DisputedPayment | null> {
  const found = await db.raw<{ rows: PaymentRow[] }>(
    `select p.*, (select count(*) from dispute d where d.payment_id = p.id
        and d.due_at is not null) > 0 as has_open
     from payment p where p.id = ?::uuid`,
    [paymentId],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return {
    ...{ id: row.id, payerWalletId: row.payer_wallet_id, payeeWalletId: row.payee_wallet_id },
    ...{ payerId: row.payer_id, payeeId: row.payee_id, currency: row.currency },
    amountMinor: BigInt(row.amount_minor),
    capturedMinor: BigInt(row.captured_minor),
    refundedMinor: BigInt(row.refunded_minor) + BigInt(row.refunding_minor),
    disputedMinor: BigInt(row.disputed_minor),
    acceptedAtMs: row.accepted_at.getTime(),
    hasOpenDispute: row.has_open,
  };
}

type PaymentRow = {
  id: string;
  payer_wallet_id: string;
  payee_wallet_id: string;
  payer_id: string;
  payee_id: string;
  currency: string;
  amount_minor: string;
  captured_minor: string;
  refunded_minor: string;
  refunding_minor: string;
  disputed_minor: string;
  accepted_at: Date;
  has_open: boolean;
};

/** A piece of evidence without its bytes. */
export type EvidenceView = {
  readonly id: string;
  readonly disputeId: string;
  readonly side: DisputeSide;
  readonly kind: 'text' | 'file';
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly addedAt: Date;
};

/** Everything that was shown in a dispute, oldest first. */
export async function listEvidence(db: Queryable, disputeId: string): Promise<EvidenceView[]> {
  const found = await db.raw<{ rows: EvidenceRow[] }>(
    `select id, dispute_id, side, kind, name, content_type, size_bytes,
       encode(sha256, 'hex') as sha256, added_at
     from dispute_evidence where dispute_id = ?::uuid order by added_at, id`,
    [disputeId],
  );
  return found.rows.map((row) => ({
    ...{ id: row.id, disputeId: row.dispute_id, side: row.side, kind: row.kind, name: row.name },
    ...{ contentType: row.content_type, sizeBytes: row.size_bytes, sha256: row.sha256 },
    addedAt: row.added_at,
  }));
}

type EvidenceRow = {
  id: string;
  dispute_id: string;
  side: DisputeSide;
  kind: 'text' | 'file';
  name: string;
  content_type: string;
  size_bytes: number;
  sha256: string;
  added_at: Date;
};

/** A piece of evidence with its bytes, whoever asks. */
export async function findEvidence(
  db: Queryable,
  id: string,
): Promise<{ disputeId: string; contentType: string; content: Buffer } | null> {
  const found = await db.raw<{
    rows: { dispute_id: string; content_type: string; content: Buffer }[];
  }>(
    `select e.dispute_id, e.content_type, c.content
     from dispute_evidence e join evidence_content c on c.sha256 = e.sha256
     where e.id = ?::uuid`,
    [id],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return { disputeId: row.dispute_id, contentType: row.content_type, content: row.content };
}

/** Keeps content under its hash; what is there already stays. It means nothing by itself. */
export async function keepEvidenceContent(
  db: Queryable,
  evidence: { readonly sha256: Buffer; readonly bytes: Buffer },
): Promise<void> {
  await db.raw(
    'insert into evidence_content (sha256, content) values (?, ?) on conflict do nothing',
    [evidence.sha256, evidence.bytes],
  );
}
