import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { defaultMerchantSettings } from './settings.ts';

/** How far a merchant's pending account has been read, and which accounts clearing moves. */
export type ClearingState = {
  /** Of kind merchant_pending. */
  readonly accountId: bigint;
  readonly receivableId: bigint;
  readonly availableId: bigint;
  readonly clearingSeconds: number;
  /** Entries up to here have been read. */
  readonly seenVersion: bigint;
  /** Credits up to here are due. */
  readonly dueVersion: bigint;
  /** The sum of the credits between the two: not due yet. */
  readonly recentMinor: bigint;
};

/** The same after more has been read. */
export type Observed = Pick<
  ClearingState,
  'accountId' | 'seenVersion' | 'dueVersion' | 'recentMinor'
> & {
  readonly balanceMinor: bigint;
  /** All entries have been read. */
  readonly isWhole: boolean;
  /** There is more to be read than one look reads. */
  readonly isBehind: boolean;
  /** Nothing can be due before. Milliseconds since 1970, by the database's clock. */
  readonly nextAtMs: number;
  readonly nowMs: number;
};

/** Entries of one account that one look reads. */
const entriesOfALook = 1_000;

export function createClearingStatements() {
  const looks = createBatchStatement({
    name: 'observe_clearing',
    text: observeText,
    columns: {
      ...{ account_id: 'int8', seen_version: 'int8', due_version: 'int8', recent_minor: 'int8' },
      clearing_seconds: 'int4',
    },
    leading: 1,
  });
  const updates = createBatchStatement({
    name: 'update_clearing',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    text: `update clearing c set seen_version = r.seen_version, due_version = r.due_version,
        recent_minor = r.recent_minor, next_at = r.next_at
      from $rows as r (account_id, seen_version, due_version, recent_minor, next_at)
      cross join lateral (
        select ctid from clearing where account_id = r.account_id offset 0) found
      where c.ctid = found.ctid`,
    columns: {
      ...{ account_id: 'int8', seen_version: 'int8', due_version: 'int8', recent_minor: 'int8' },
      next_at: 'timestamptz',
    },
  });
  return {
    claim: (limit: number): Statement => ({
      ...claim,
      values: [defaultMerchantSettings.clearingSeconds, limit],
    }),
    stateOf,
    observe(states: Iterable<Omit<ClearingState, 'receivableId' | 'availableId'>>): Statement {
      looks.reset();
      const { columns } = looks;
      for (const state of states) {
        columns.account_id.add(state.accountId);
        columns.seen_version.add(state.seenVersion);
        columns.due_version.add(state.dueVersion);
        columns.recent_minor.add(state.recentMinor);
        columns.clearing_seconds.add(state.clearingSeconds);
      }
      return looks.statement(entriesOfALook);
    },
    observedOf: ({ rows }: Answer): Observed[] => rows.map(observedOf),
    update(observed: Iterable<Observed>): Statement {
      updates.reset();
      const { columns } = updates;
      for (const row of observed) {
        columns.account_id.add(row.accountId);
        columns.seen_version.add(row.seenVersion);
        columns.due_version.add(row.dueVersion);
        columns.recent_minor.add(row.recentMinor);
        columns.next_at.add(row.nextAtMs);
      }
      return updates.statement();
    },
  };
}

/**
 * Merchants whose time has come; another process's are left to it. One that clears at once and has
 * nothing to clear is passed over; any other is looked at once in its clearing time. The offsets
 * keep the look-ups behind the index of times: most of the time it finds nobody.
 */
const claim = {
  name: 'claim_clearing',
  text: `select c.account_id, receivable.id, available.id,
      s.clearing_seconds, c.seen_version, c.due_version, c.recent_minor
    from clearing c
      cross join lateral (select wallet_id, balance_minor from account
        where id = c.account_id offset 0) a
      cross join lateral (select coalesce((select clearing_seconds from merchant_settings
        where wallet_id = a.wallet_id), $1::int) as clearing_seconds offset 0) s
      cross join lateral (select id from account
        where wallet_id = a.wallet_id and kind = 'receivable' offset 0) receivable
      cross join lateral (select id from account
        where wallet_id = a.wallet_id and kind = 'merchant_available' offset 0) available
    where c.next_at <= statement_timestamp() and (a.balance_minor > 0 or s.clearing_seconds > 0)
    order by c.next_at limit $2 for update of c skip locked`,
};

/** Merchants with money that should have cleared, and since when the oldest of it, as SQL. */
export const overdueClearing = `select 'clearing', count(*),
    extract(epoch from min(greatest(c.next_at, n.came_at))) * 1000
  from clearing c join account a on a.id = c.account_id
    left join lateral (select posted_at as came_at from entry
      where account_id = c.account_id and version > c.seen_version and amount_minor > 0
      order by version limit 1) n on true
  where c.next_at <= statement_timestamp() and a.balance_minor > c.recent_minor`;

/**
 * Reads on from where each account stands: new entries, and those that have become due meanwhile.
 * What was archived has been due for long and is passed over. An account comes back when the
 * oldest credit that is not due yet will be; a thousandth of the time later, so that a busy
 * merchant clears by the minute and not by the payment.
 */
const observeText = `select r.account_id, a.balance_minor, s.version,
    case when d.first_recent is null and d.entries < $1::int then s.version
      else coalesce(d.last_due, r.due_version) end,
    r.recent_minor + s.credits - d.credits, s.version = a.version,
    s.entries = $1::int or d.entries = $1::int and d.first_recent is null,
    floor(extract(epoch from case
      when s.entries = $1::int or d.entries = $1::int and d.first_recent is null then n.now
      when d.first_recent is null then n.now + make_interval(secs => r.clearing_seconds)
      else d.first_recent + make_interval(secs => r.clearing_seconds
        + least(60, r.clearing_seconds / 1000.0)) end) * 1000)::bigint,
    floor(extract(epoch from n.now) * 1000)::bigint
  from $rows as r (account_id, seen_version, due_version, recent_minor, clearing_seconds)
  cross join lateral (select statement_timestamp() as now) n
  cross join lateral (
    select balance_minor, version from account where id = r.account_id offset 0) a
  cross join lateral (
    select count(*) as entries, coalesce(sum(greatest(amount_minor, 0)), 0)::bigint as credits,
      case when count(*) < $1::int then a.version else max(version) end as version
    from (select version, amount_minor from entry
      where account_id = r.account_id and version > r.seen_version and version <= a.version
      order by version limit $1::int) e) s
  cross join lateral (
    select count(*) as entries, min(posted_at) filter (where is_recent) as first_recent,
      coalesce(sum(greatest(amount_minor, 0)) filter (where not is_recent), 0)::bigint as credits,
      max(version) filter (where not is_recent) as last_due
    from (select version, amount_minor, posted_at,
        bool_or(posted_at > n.now - make_interval(secs => r.clearing_seconds))
          over (order by version) as is_recent
      from (select version, amount_minor, posted_at from entry
        where account_id = r.account_id and version > r.due_version and version <= s.version
        order by version limit $1::int) e) e) d`;

type Row = readonly (string | null)[];

function stateOf(row: Row): ClearingState {
  const [accountId, receivableId, availableId, clearingSeconds, ...rest] = row;
  const [seenVersion, dueVersion, recentMinor] = rest;
  return {
    accountId: BigInt(accountId ?? ''),
    receivableId: BigInt(receivableId ?? ''),
    availableId: BigInt(availableId ?? ''),
    clearingSeconds: Number(clearingSeconds),
    seenVersion: BigInt(seenVersion ?? ''),
    dueVersion: BigInt(dueVersion ?? ''),
    recentMinor: BigInt(recentMinor ?? ''),
  };
}

function observedOf(row: Row): Observed {
  const [accountId, balanceMinor, seenVersion, dueVersion, recentMinor, ...rest] = row;
  const [isWhole, isBehind, nextAtMs, nowMs] = rest;
  return {
    accountId: BigInt(accountId ?? ''),
    balanceMinor: BigInt(balanceMinor ?? ''),
    seenVersion: BigInt(seenVersion ?? ''),
    dueVersion: BigInt(dueVersion ?? ''),
    recentMinor: BigInt(recentMinor ?? ''),
    isWhole: isWhole === 't',
    isBehind: isBehind === 't',
    nextAtMs: Number(nextAtMs),
    nowMs: Number(nowMs),
  };
}
