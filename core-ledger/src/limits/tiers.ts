import type { Queryable } from '../database/database.ts';
import type { TierLimits } from '../ledger/limits.ts';

/** What a wallet may do that was given this tier, in one currency. */
export type KycTier = TierLimits & { readonly name: string; readonly currency: string };

/** Every tier, by name and currency. */
export async function listTiers(db: Queryable): Promise<KycTier[]> {
  const found = await db.raw<{ rows: TierRow[] }>(`select * from kyc_tier order by name, currency`);
  return found.rows.map(tierOf);
}

/** Describes a tier, or changes what it allows: from the next batch on that settles. */
export async function putTier(db: Queryable, tier: KycTier): Promise<void> {
  await db.raw(
    `insert into kyc_tier (name, currency, per_transaction_minor, per_day_minor, per_month_minor,
       maximum_balance_minor)
     values (?, ?, ?, ?, ?, ?)
     on conflict (name, currency) do update set
       per_transaction_minor = excluded.per_transaction_minor,
       per_day_minor = excluded.per_day_minor, per_month_minor = excluded.per_month_minor,
       maximum_balance_minor = excluded.maximum_balance_minor`,
    [
      ...[tier.name, tier.currency],
      ...[tier.perTransactionMinor, tier.perDayMinor, tier.perMonthMinor, tier.maximumBalanceMinor]
        // Unlimited is null.
        .map((minor) => minor?.toString() ?? null),
    ],
  );
}

/**
 * Gives the account the tier, or takes it from it (null), with what it has paid since the month
 * began, so that limits hold from the first payment on. To be called with the account locked.
 * False when nobody has described the tier in the account's currency.
 */
export async function setAccountTier(
  trx: Queryable,
  accountId: bigint,
  tier: string | null,
): Promise<boolean> {
  const changed = await trx.raw<{ rowCount: number }>(
    `update account a set tier = ?::text where id = ? and (?::text is null or exists (
       select from kyc_tier where name = ?::text and currency = a.currency))`,
    [tier, accountId.toString(), tier, tier],
  );
  if (changed.rowCount === 0) return false;
  if (tier !== null) await trx.raw(recountUsage, [accountId.toString()]);
  return true;
}

/** While it had no tier nobody has counted. */
const recountUsage = `
  insert into account_usage (account_id, day, day_minor, month_minor)
  select a.id, n.today, coalesce(sum(-e.amount_minor) filter (where
      e.posted_at >= n.today::timestamp at time zone 'UTC'), 0), coalesce(sum(-e.amount_minor), 0)
  from account a
    cross join (select (statement_timestamp() at time zone 'UTC')::date as today) n
    left join lateral (select e.amount_minor, e.posted_at from entry e
      join transfer t on t.id = e.transfer_id
      where e.account_id = a.id and e.amount_minor < 0 and t.kind in ('payment', 'withdrawal')
        and e.posted_at >= date_trunc('month', n.today::timestamp) at time zone 'UTC') e on true
  where a.id = ? group by a.id, n.today
  on conflict (account_id) do update set day = excluded.day, day_minor = excluded.day_minor,
    month_minor = excluded.month_minor`;

type TierRow = {
  name: string;
  currency: string;
  per_transaction_minor: string | null;
  per_day_minor: string | null;
  per_month_minor: string | null;
  maximum_balance_minor: string | null;
};

function tierOf(row: TierRow): KycTier {
  return {
    name: row.name,
    currency: row.currency,
    perTransactionMinor: minorOrNull(row.per_transaction_minor),
    perDayMinor: minorOrNull(row.per_day_minor),
    perMonthMinor: minorOrNull(row.per_month_minor),
    maximumBalanceMinor: minorOrNull(row.maximum_balance_minor),
  };
}

function minorOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
