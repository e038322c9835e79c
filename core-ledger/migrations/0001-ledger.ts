/** Accounts, transfers, entries, holds and wallets: what money is. */
export const ledger = {
  name: '0001-ledger',
  up: `
-- A wallet is what its owner sees; the money is on its accounts.
create table wallet (
  id uuid primary key,
  owner_id uuid not null,
  kind text not null check (kind in ('customer', 'merchant')),
  currency text not null check (length(currency) = 3),
  created_at timestamptz not null default now()
);
create index wallet_of_owner on wallet (owner_id, created_at, id);

-- Half of each page stays free so that every balance update is HOT; no index may name a balance.
create table account (
  id bigint generated always as identity primary key,
  balance_minor bigint not null default 0,
  held_minor bigint not null default 0,
  version bigint not null default 0,
  -- How far below zero the available amount may go; null is unbounded.
  limit_minor bigint default 0,
  wallet_id uuid,
  owner_id uuid,
  kind text not null check (kind in ('customer', 'merchant_pending', 'merchant_available',
    'dispute_reserve', 'receivable', 'provisional', 'in_transit', 'bank', 'external', 'fees',
    'dispute_fees', 'fx_spread', 'suspense', 'loss')),
  currency text not null check (length(currency) = 3),
  status text not null default 'active' check (status in ('active', 'frozen', 'closed')),
  constraint account_held_not_negative check (held_minor >= 0),
  constraint account_limit_not_negative check (limit_minor >= 0),
  constraint account_floor check (balance_minor - held_minor >= -limit_minor)
) with (fillfactor = 50);
create unique index account_of_wallet on account (wallet_id, kind) where wallet_id is not null;
create unique index account_of_platform on account (currency, kind) where wallet_id is null;

-- Times are of the statement, not of the transaction: statements that write run after the locks are
-- held, so that on one account time runs as versions do.
-- Ids are time-ordered and derived from the intent, so the index grows at its right edge.
create table transfer (
  id uuid primary key,
  payment_id uuid,
  intent_id uuid not null,
  posted_at timestamptz not null default statement_timestamp(),
  kind text not null
);

-- The journal. No foreign keys: the writer holds the account rows locked, and the checks of the
-- verifier find what a superuser may break.
create table entry (
  account_id bigint not null,
  version bigint not null,
  amount_minor bigint not null constraint entry_amount_not_zero check (amount_minor <> 0),
  balance_after_minor bigint not null,
  posted_at timestamptz not null default statement_timestamp(),
  transfer_id uuid not null,
  primary key (account_id, version)
);
-- Transfer ids grow with time, so a block range index of a few pages finds a transfer's entries.
create index entry_of_transfer on entry using brin (transfer_id) with (pages_per_range = 32);

create table hold (
  id uuid primary key,
  account_id bigint not null,
  amount_minor bigint not null constraint hold_amount_positive check (amount_minor > 0),
  payment_id uuid,
  created_at timestamptz not null default statement_timestamp(),
  expires_at timestamptz not null,
  closed_at timestamptz,
  state text not null default 'open' check (state in ('open', 'captured', 'voided', 'expired')),
  reason text not null,
  constraint hold_closed_once check ((state = 'open') = (closed_at is null))
);
create index hold_open_of_account on hold (account_id) where state = 'open';
create index hold_open_by_expiry on hold (expires_at) where state = 'open';

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'WA001';
end $$;
-- A statement trigger costs an insert nothing.
create trigger entry_append_only before update or delete or truncate on entry
  for each statement execute function refuse_change();
create trigger transfer_append_only before update or delete or truncate on transfer
  for each statement execute function refuse_change();
`,
};
