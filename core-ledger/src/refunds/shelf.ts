import { createBatchStatement } from '../database/statements.ts';
import type { Shelf } from '../database/shelf.ts';
import type { Refund, RefundFailure, RefundStatus } from './refund.ts';

/**
 * The refunds of a batch. Whoever changes a refund holds the lock of its payment, and before that
 * its payer's account.
 */
export type RefundShelf = Shelf & {
  /** Wants a refund that is there already. */
  ask(refundId: string): void;
  get(refundId: string): Refund | undefined;
  /** A new one, or one that was read, as a decision leaves it. */
  put(refund: Refund): void;
};

export function createRefundShelf(): RefundShelf {
  const lookUp = readStatement();
  const { inserts, updates } = writeStatements();
  const asked = new Set<string>();
  const known = new Map<string, Refund>();
  const put = new Set<string>();
  const read = new Set<string>();
  return {
    reset() {
      for (const kept of [asked, known, put, read]) kept.clear();
    },
    ask: (refundId) => void asked.add(refundId),
    reads() {
      if (asked.size === 0) return [];
      lookUp.reset();
      for (const id of asked) lookUp.columns.id.add(id);
      return [lookUp.statement()];
    },
    open([found]) {
      for (const row of found?.rows ?? []) {
        const refund = refundOf(row);
        known.set(refund.id, refund);
        read.add(refund.id);
      }
    },
    get: (refundId) => known.get(refundId),
    put(refund) {
      known.set(refund.id, refund);
      put.add(refund.id);
    },
    statements() {
      for (const statement of [inserts, updates]) statement.reset();
      for (const id of put) {
        const refund = known.get(id);
        if (refund === undefined) continue;
        if (read.has(id)) addUpdate(updates.columns, refund);
        else addInsert(inserts.columns, refund);
      }
      return [inserts, updates]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement());
    },
  };
}

function readStatement() {
  return createBatchStatement({
    name: 'read_refunds',
    text: `select id, payment_id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, actor_id,
        amount_minor, asked_minor, fee_returned_minor, remaining_minor, currency, status, version,
        reason, failure_code, to_suspense, floor(extract(epoch from accepted_at) * 1000)
      from refund where id = any($1::uuid[])`,
    columns: { id: 'uuid' },
  });
}

function writeStatements() {
  const inserts = createBatchStatement({
    name: 'insert_refund',
    text: `insert into refund (id, payment_id, payer_wallet_id, payee_wallet_id, payer_id,
        payee_id, actor_id, amount_minor, asked_minor, fee_returned_minor, remaining_minor,
        accepted_at, version, status, currency, reason, failure_code, to_suspense)
      select * from $rows`,
    columns: {
      ...{ id: 'uuid', payment_id: 'uuid', payer_wallet_id: 'uuid', payee_wallet_id: 'uuid' },
      ...{ payer_id: 'uuid', payee_id: 'uuid', actor_id: 'uuid', amount_minor: 'int8' },
      ...{ asked_minor: 'int8', fee_returned_minor: 'int8', remaining_minor: 'int8' },
      ...{ accepted_at: 'timestamptz', version: 'int4', status: 'text', currency: 'text' },
      ...{ reason: 'text', failure_code: 'text', to_suspense: 'bool' },
    },
  });
  const updates = createBatchStatement({
    name: 'update_refund',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    text: `update refund t set status = r.status, version = r.version,
        fee_returned_minor = r.fee_returned_minor, failure_code = r.failure_code,
        to_suspense = r.to_suspense, updated_at = statement_timestamp()
      from $rows as r (id, status, version, fee_returned_minor, failure_code, to_suspense)
      cross join lateral (select ctid from refund where id = r.id offset 0) found
      where t.ctid = found.ctid`,
    columns: {
      ...{ id: 'uuid', status: 'text', version: 'int4', fee_returned_minor: 'int8' },
      ...{ failure_code: 'text', to_suspense: 'bool' },
    },
  });
  return { inserts, updates };
}

type Writes = ReturnType<typeof writeStatements>;

function addInsert(columns: Writes['inserts']['columns'], refund: Refund): void {
  columns.id.add(refund.id);
  columns.payment_id.add(refund.paymentId);
  columns.payer_wallet_id.add(refund.payerWalletId);
  columns.payee_wallet_id.add(refund.payeeWalletId);
  columns.payer_id.add(refund.payerId);
  columns.payee_id.add(refund.payeeId);
  columns.actor_id.add(refund.actorId);
  columns.amount_minor.add(refund.amountMinor);
  columns.asked_minor.add(refund.askedMinor);
  columns.fee_returned_minor.add(refund.feeReturnedMinor);
  columns.remaining_minor.add(refund.remainingMinor);
  columns.accepted_at.add(refund.acceptedAtMs);
  columns.version.add(refund.version);
  columns.status.add(refund.status);
  columns.currency.add(refund.currency);
  columns.reason.add(refund.reason);
  columns.failure_code.add(refund.failureCode);
  columns.to_suspense.add(refund.toSuspense);
}

function addUpdate(columns: Writes['updates']['columns'], refund: Refund): void {
  columns.id.add(refund.id);
  columns.status.add(refund.status);
  columns.version.add(refund.version);
  columns.fee_returned_minor.add(refund.feeReturnedMinor);
  columns.failure_code.add(refund.failureCode);
  columns.to_suspense.add(refund.toSuspense);
}

function refundOf(row: readonly (string | null)[]): Refund {
  const text = (index: number): string => row[index] ?? '';
  const minor = (index: number): bigint => BigInt(text(index));
  return {
    ...{ id: text(0), paymentId: text(1), payerWalletId: text(2), payeeWalletId: text(3) },
    ...{ payerId: text(4), payeeId: text(5), actorId: text(6) },
    ...{ amountMinor: minor(7), askedMinor: minor(8), feeReturnedMinor: minor(9) },
    remainingMinor: row[10] ? minor(10) : null,
    ...{ currency: text(11), status: text(12) as RefundStatus, version: Number(text(13)) },
    ...{ reason: row[14] ?? null, failureCode: (row[15] ?? null) as RefundFailure | null },
    ...{ toSuspense: text(16).startsWith('t'), acceptedAtMs: Number(text(17)) },
  };
}
