import type { HistoryRow } from '../changes/change.ts';
import { historyRowOf } from '../changes/store.ts';
import type { ChangeRow } from '../changes/store.ts';
import type { Queryable } from '../database/database.ts';
import type { WalletKind } from '../ledger/chart.ts';
import type { PaymentFailure, PaymentStatus } from './payment.ts';

/**
 * Everything that happened to a payment, oldest first, all of one moment; null when settlement has
 * not decided it. Up to its first state the payment's own row says it, so that settling writes
 * nothing more: accepted, screened, decided. Each later change has its row in `object_change`. Row
 * `version + 2` of the history is therefore the change that made the version.
 */
export async function findPaymentHistory(
  db: Queryable,
  paymentId: string,
): Promise<HistoryRow[] | null> {
  const found = await db.raw<{ rows: (FirstRow & Partial<ChangeRow>)[] }>(
    `select p.accepted_at, p.payer_id, w.kind as payer_kind, d.decided_at as screened_at,
       coalesce(p.decided_at, p.updated_at) as decided_at, p.status, p.failure_code,
       c.at, c.from_status, c.to_status, c.actor, c.role, c.reason, c.request_id,
       c.ticket_id
     from payment p
     left join wallet w on w.id = p.payer_wallet_id
     left join decision d on d.payment_id = p.id
     left join object_change c on c.object_id = p.id
     where p.id = ?::uuid order by c.version`,
    [paymentId],
  );
  const [first] = found.rows;
  if (first === undefined) return null;
  const changes = found.rows.flatMap((row) =>
    row.to_status === undefined || row.to_status === null ? [] : [historyRowOf(row as ChangeRow)],
  );
  return [...beginningOf(first, changes[0]?.from ?? first.status), ...changes];
}

/** A payment that was accepted, of which nothing more is known. */
export function acceptedRow(at: Date, payerId: string, payerKind: WalletKind): HistoryRow {
  return {
    ...{ at, from: null, to: 'received', actor: payerId, role: payerKind },
    ...{ reason: null, requestId: null, ticketId: null },
  };
}

type FirstRow = {
  accepted_at: Date;
  payer_id: string;
  payer_kind: WalletKind | null;
  screened_at: Date | null;
  decided_at: Date;
  status: PaymentStatus;
  failure_code: PaymentFailure | null;
};

function beginningOf(row: FirstRow, firstStatus: string): HistoryRow[] {
  const bySystem = { role: 'system', requestId: null, ticketId: null } as const;
  return [
    acceptedRow(row.accepted_at, row.payer_id, row.payer_kind ?? 'customer'),
    {
      ...{ at: row.screened_at ?? row.decided_at, from: 'received', to: 'screening' },
      ...{ actor: 'fraud', reason: null, ...bySystem },
    },
    {
      ...{ at: row.decided_at, from: 'screening', to: firstStatus, actor: 'settlement' },
      ...{ reason: firstStatus === 'failed' ? row.failure_code : null, ...bySystem },
    },
  ];
}
