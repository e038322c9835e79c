import type { Queryable } from '../../database/database.ts';
import { LedgerFault } from '../../database/fault.ts';
import { changeParts, listParts } from './parts.ts';

export type ArchiveRefusal =
  /** The month before is not over, or only since less than a day: entries may still come. */
  | 'month_not_over'
  /** A part reaches beyond the month: what was there before the journal had months. */
  | 'month_divided'
  /** There is nothing so old. */
  | 'nothing_to_archive'
  /** The chain of hashes does not cover all of it yet. */
  | 'not_sealed';

export type ArchiveResult =
  | {
      readonly ok: true;
      /** Tables that are no longer part of the ledger: keep a dump of them, then drop them. */
      readonly tables: readonly string[];
      /** Accounts whose balance at the boundary was written down. */
      readonly accounts: number;
    }
  | { readonly ok: false; readonly reason: ArchiveRefusal };

/** Longer than any transaction may take: after it nothing more comes to a month that is over. */
const graceMs = 86_400_000;

/**
 * Takes the months before a moment (the first instant of a month, in UTC) out of the journal. What
 * every account had there is written down as its opening, from which its entries go on; balances,
 * versions and the chain stay as they are. In one transaction; posting waits only while the parts
 * are detached, which is short, or for a second when a long read holds them.
 * Needs a pool with a generous `longestStatementMs`: it looks at every account.
 * Faults: `versions_out_of_order` when an account has an older entry in a newer month; those of the
 * database, retriable when a lock could not be had within a second.
 */
export async function archiveMonths(db: Queryable, before: Date): Promise<ArchiveResult> {
  return changeParts(db, async (trx) => {
    const { parts, nowMs } = await listParts(trx);
    const beforeMs = before.getTime();
    if (beforeMs > nowMs - graceMs) return { ok: false, reason: 'month_not_over' };
    if (parts.some(({ fromMs, untilMs }) => fromMs < beforeMs && beforeMs < untilMs)) {
      return { ok: false, reason: 'month_divided' };
    }
    const old = parts.filter(({ untilMs }) => untilMs <= beforeMs);
    if (old.length === 0) return { ok: false, reason: 'nothing_to_archive' };
    if (!(await isSealed(trx, before))) return { ok: false, reason: 'not_sealed' };
    const accounts = await writeOpenings(trx, before);
    for (const { name } of old) {
      await trx.raw('alter table entry detach partition ??', [name]);
      await trx.raw('alter table ?? rename to ??', [name, `archived_${name}`]);
    }
    return { ok: true, tables: old.map(({ name }) => `archived_${name}`), accounts };
  });
}

/** An entry is written within a statement or two of its transfer: a minute is ample. */
async function isSealed(trx: Queryable, before: Date): Promise<boolean> {
  const found = await trx.raw<{ rows: { sealed: boolean }[] }>(
    `select not exists (
       select from transfer
       where number > coalesce(
           (select last_number from chain_block order by height desc limit 1), 0)
         and posted_at < ?::timestamptz + interval '1 minute'
     ) as sealed`,
    [before.toISOString()],
  );
  return found.rows[0]?.sealed === true;
}

async function writeOpenings(trx: Queryable, before: Date): Promise<number> {
  const bindings = { before: before.toISOString() };
  const written = await trx.raw<{ rowCount: number }>(
    `insert into entry_opening (account_id, version, balance_minor, until)
     select a.id, last.version, last.balance_after_minor, :before::timestamptz
     from account a cross join lateral (
       select version, balance_after_minor from entry
       where account_id = a.id and posted_at < :before::timestamptz
       order by version desc limit 1
     ) last
     on conflict (account_id) do update set version = excluded.version,
       balance_minor = excluded.balance_minor, until = excluded.until`,
    bindings,
  );
  const wrong = await trx.raw<{ rows: { account_id: string }[] }>(
    `select o.account_id from entry_opening o
     where exists (
       select from entry where account_id = o.account_id and version <= o.version
         and posted_at >= :before::timestamptz
     ) limit 1`,
    bindings,
  );
  const [row] = wrong.rows;
  if (row !== undefined) {
    throw new LedgerFault(
      'versions_out_of_order',
      `account ${row.account_id} has an entry after the boundary whose version is older`,
    );
  }
  return written.rowCount;
}
