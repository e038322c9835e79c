import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import type { Account } from './book-state.ts';

/** Limits and their use, of the few accounts that have a tier. */
export function createLimitStatements() {
  const limits = createBatchStatement({
    name: 'read_limits',
    // Behind the locks: nobody else writes the use of an account that is locked. A tier that
    // nobody has described allows nothing.
    text: `select r.id, case when t.name is null then 0 else t.per_transaction_minor end,
        t.per_day_minor, t.per_month_minor,
        case when t.name is null then 0 else t.maximum_balance_minor end, n.today::text,
        floor(extract(epoch from (n.today + 1)::timestamp at time zone 'UTC') * 1000)::bigint,
        floor(extract(epoch from (date_trunc('month', n.today::timestamp) + interval '1 month')
          at time zone 'UTC') * 1000)::bigint,
        case when u.day = n.today then u.day_minor else 0 end,
        case when date_trunc('month', u.day::timestamp) = date_trunc('month', n.today::timestamp)
          then u.month_minor else 0 end
      from $rows as r (id)
      cross join lateral (select (statement_timestamp() at time zone 'UTC')::date as today) n
      cross join lateral (select tier, currency from account where id = r.id offset 0) a
      left join lateral (select * from kyc_tier
        where name = a.tier and currency = a.currency offset 0) t on true
      left join lateral (select * from account_usage where account_id = r.id offset 0) u on true`,
    columns: { id: 'int8' },
  });
  const usage = createBatchStatement({
    name: 'upsert_account_usage',
    text: `insert into account_usage (account_id, day, day_minor, month_minor)
      select r.account_id, r.day::date, r.day_minor, r.month_minor
      from $rows as r (account_id, day, day_minor, month_minor)
      on conflict (account_id) do update set day = excluded.day, day_minor = excluded.day_minor,
        month_minor = excluded.month_minor`,
    columns: { account_id: 'int8', day: 'text', day_minor: 'int8', month_minor: 'int8' },
  });
  return {
    usage,
    read(accounts: Iterable<Account>): Statement {
      limits.reset();
      for (const { id } of accounts) limits.columns.id.add(id);
      return limits.statement();
    },
  };
}

/** Gives the accounts what `read` has answered. */
export function setLimits(accounts: Iterable<Account>, answer: Answer | undefined): void {
  const rows = new Map((answer?.rows ?? []).map((row) => [row[0], row]));
  for (const account of accounts) {
    const row = rows.get(String(account.id));
    if (row === undefined) continue;
    const [, perTransaction, perDay, perMonth, maximumBalance, day, ...rest] = row;
    const [dayEndsAt, monthEndsAt, dayMinor, monthMinor] = rest;
    account.limits = {
      perTransactionMinor: minorOrNull(perTransaction),
      perDayMinor: minorOrNull(perDay),
      perMonthMinor: minorOrNull(perMonth),
      maximumBalanceMinor: minorOrNull(maximumBalance),
      ...{ day: day ?? '', dayEndsAtMs: Number(dayEndsAt), monthEndsAtMs: Number(monthEndsAt) },
      ...{ dayMinor: BigInt(dayMinor ?? ''), monthMinor: BigInt(monthMinor ?? '') },
      isUsed: false,
    };
  }
}

function minorOrNull(text: string | null | undefined): bigint | null {
  return typeof text === 'string' ? BigInt(text) : null;
}
