import type { Queryable } from '../database/database.ts';

/** What the ledger has that a person must look at, and that no ticket is about yet. */

/** Money that could not be placed. */
export type UnplacedMoney = {
  readonly transferId: string;
  readonly transferKind: string;
  readonly paymentId: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly postedAtMs: number;
};

/** Older money in suspense had its ticket long ago; so far back entries are looked through. */
const lookBack = `interval '30 days'`;

/**
 * The oldest `limit` transfers into suspense, but those of bank statements and of settlements that
 * came back: who posts these asks for their tickets.
 */
export async function findUnplacedMoney(db: Queryable, limit: number): Promise<UnplacedMoney[]> {
  const found = await db.raw<{ rows: UnplacedRow[] }>(
    `select e.transfer_id, t.kind, t.payment_id, e.amount_minor, a.currency,
       floor(extract(epoch from e.posted_at) * 1000)::int8 as posted_at_ms
     from account a
     join entry e on e.account_id = a.id and e.amount_minor > 0
       and e.posted_at > statement_timestamp() - ${lookBack}
     join transfer t on t.id = e.transfer_id
       and t.posted_at > statement_timestamp() - ${lookBack}
     where a.kind = 'suspense' and a.wallet_id is null and t.kind <> 'settlement_return'
       and not exists (select from bank_line b where b.statement_id = t.intent_id)
       and not exists (select from ticket_link l
         where l.kind = 'suspense' and l.object_id = e.transfer_id::text)
     order by e.posted_at limit ?`,
    [limit],
  );
  return found.rows.map((row) => ({
    ...{ transferId: row.transfer_id, transferKind: row.kind, paymentId: row.payment_id },
    ...{ amountMinor: BigInt(row.amount_minor), currency: row.currency },
    postedAtMs: Number(row.posted_at_ms),
  }));
}

type UnplacedRow = {
  transfer_id: string;
  kind: string;
  payment_id: string | null;
  amount_minor: string;
  currency: string;
  posted_at_ms: string;
};

/** An intent that waits for an account; what waits behind it is the same trouble. */
export type LongParked = {
  readonly intentId: string;
  readonly accountId: string;
  readonly reason: string;
  readonly parkedAtMs: number;
};

/** Intents parked for so long that somebody must look: the oldest of each account. */
export async function findLongParked(
  db: Queryable,
  options: { olderThanSeconds: number; limit: number },
): Promise<LongParked[]> {
  const found = await db.raw<{ rows: ParkedRow[] }>(
    `select distinct on (w.blocked_account_id) w.intent_id, w.blocked_account_id, w.reason,
       floor(extract(epoch from w.parked_at) * 1000)::int8 as parked_at_ms
     from parked w
     where w.parked_at < statement_timestamp() - make_interval(secs => ?)
       and not exists (select from parked p join ticket_link l on l.kind = 'parked'
           and l.object_id = p.intent_id::text
         where p.blocked_account_id = w.blocked_account_id)
     order by w.blocked_account_id, w.parked_at limit ?`,
    [options.olderThanSeconds, options.limit],
  );
  return found.rows.map((row) => ({
    ...{ intentId: row.intent_id, accountId: row.blocked_account_id },
    ...{ reason: row.reason, parkedAtMs: Number(row.parked_at_ms) },
  }));
}

type ParkedRow = {
  intent_id: string;
  blocked_account_id: string;
  reason: string;
  parked_at_ms: string;
};

/** Is a ticket that is not closed about the thing? */
export async function hasOpenTicket(
  db: Queryable,
  { kind, id }: { kind: string; id: string },
): Promise<boolean> {
  const found = await db.raw<{ rows: { found: boolean }[] }>(
    `select exists (select from ticket_link l join ticket t on t.id = l.ticket_id
       where l.kind = ? and l.object_id = ? and t.status <> 'closed') as found`,
    [kind, id],
  );
  return found.rows[0]?.found ?? false;
}
