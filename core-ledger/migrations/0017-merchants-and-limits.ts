/** When merchants' money clears, what wallets may do by their tier, and who decided so. */
export const merchantsAndLimits = {
  name: '0017-merchants-and-limits',
  up: `
-- A merchant without a row has the defaults of core-ledger/src/merchants/settings.ts.
create table merchant_settings (
  wallet_id uuid primary key,
  mode text not null,
  clearing_seconds integer not null,
  minimum_minor bigint not null,
  destination text,
  updated_at timestamptz not null default statement_timestamp(),
  constraint merchant_settings_mode_check check (mode in ('gross_immediate', 'net_deferred')),
  -- Less than the youngest month that can be archived is old.
  constraint merchant_settings_clearing_bound check (clearing_seconds between 0 and 2592000),
  constraint merchant_settings_minimum_bound check (minimum_minor >= 0)
);
revoke delete on merchant_settings from wallet_app;

-- How far the clearing of a merchant's pending account has read its entries. Of the credits up to
-- seen_version, those behind due_version are not due yet; recent_minor is their sum.
create table clearing (
  account_id bigint primary key,
  seen_version bigint not null default 0,
  due_version bigint not null default 0,
  recent_minor bigint not null default 0,
  next_at timestamptz not null default statement_timestamp(),
  constraint clearing_reads_forward check (due_version <= seen_version and due_version >= 0),
  constraint clearing_recent_not_negative check (recent_minor >= 0)
) with (fillfactor = 70);
create index clearing_by_time on clearing (next_at);
revoke delete on clearing from wallet_app;
-- Whoever opens the account: none is ever forgotten.
create function open_clearing() returns trigger language plpgsql as $$
begin
  insert into clearing (account_id) values (new.id) on conflict do nothing;
  return null;
end $$;
create trigger account_open_clearing after insert on account
  for each row when (new.kind = 'merchant_pending') execute function open_clearing();
insert into clearing (account_id) select id from account where kind = 'merchant_pending';

-- Limits in minor units; null is none. A wallet of no tier has only the bounds of the contract.
create table kyc_tier (
  name text not null,
  currency text not null,
  per_transaction_minor bigint,
  per_day_minor bigint,
  per_month_minor bigint,
  maximum_balance_minor bigint,
  primary key (name, currency),
  constraint kyc_tier_currency_check check (length(currency) = 3),
  constraint kyc_tier_not_negative check (least(per_transaction_minor, per_day_minor,
    per_month_minor, maximum_balance_minor) >= 0)
);
revoke delete on kyc_tier from wallet_app;
alter table account add column tier text;
-- What an account of a tier has paid on the day it last paid on, and in that day's month (UTC).
create table account_usage (
  account_id bigint primary key,
  day date not null,
  day_minor bigint not null,
  month_minor bigint not null,
  constraint account_usage_not_negative check (day_minor >= 0 and month_minor >= day_minor)
) with (fillfactor = 50);
-- The limit that stood against a refused payment, top-up or withdrawal.
create table limit_refusal (
  object_id uuid primary key,
  kind text not null,
  limit_minor bigint not null,
  used_minor bigint not null,
  resets_at timestamptz
);
revoke update, delete on limit_refusal from wallet_app;
`,
};
