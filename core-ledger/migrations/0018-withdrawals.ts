/** Money that leaves the system. */
export const withdrawals = {
  name: '0018-withdrawals',
  up: `
create table withdrawal (
  id uuid primary key,
  wallet_id uuid not null,
  owner_id uuid not null,
  amount_minor bigint not null,
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  version int not null,
  status text not null,
  currency text not null,
  -- An opaque reference to where the money goes.
  destination text not null,
  reference text,
  failure_code text,
  constraint withdrawal_amount_minor_check check (amount_minor > 0),
  constraint withdrawal_failure_named check ((status in ('failed')) = (failure_code is not null)),
  constraint withdrawal_status_check check (status in ('in_transit', 'paid', 'returned', 'failed'))
);
create index withdrawal_in_transit on withdrawal (updated_at) where status = 'in_transit';
create index withdrawal_by_time on withdrawal using brin (updated_at);
revoke delete on withdrawal from wallet_app;
`,
};
