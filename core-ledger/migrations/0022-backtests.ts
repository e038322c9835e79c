/** Rule sets tried on the past: jobs, how far they are, what they found. */
export const backtests = {
  name: '0022-backtests',
  up: `
create table backtest (
  id uuid primary key,
  requested_by uuid,
  -- Null when the text did not come from a stored rule set.
  candidate_id uuid,
  champion_id uuid,
  -- Who works on it, and until when nobody else may.
  worker uuid,
  lease_until timestamptz,
  from_at timestamptz not null,
  to_at timestamptz not null,
  created_at timestamptz not null default statement_timestamp(),
  updated_at timestamptz not null default statement_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  passed_records bigint not null default 0,
  all_records bigint,
  attempts int not null default 0,
  maturity_days int not null check (maturity_days between 0 and 365),
  cancel_requested boolean not null default false,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded',
    'failed', 'canceled')),
  candidate_hash text not null,
  candidate_rules text not null,
  champion_hash text not null,
  champion_rules text not null,
  failure text,
  -- Where it goes on after its process has ended; gone once it has finished.
  checkpoint jsonb,
  report jsonb,
  constraint backtest_range check (from_at < to_at),
  constraint backtest_finished check ((status in ('succeeded', 'failed', 'canceled')) =
    (finished_at is not null)),
  constraint backtest_reported check ((status = 'succeeded') = (report is not null)),
  constraint backtest_failure_told check ((status = 'failed') = (failure is not null))
);
create index backtest_waiting on backtest (created_at) where status in ('queued', 'running');
create index backtest_newest on backtest (created_at, id);
create index backtest_of_hash on backtest (candidate_hash) where status = 'succeeded';

-- Payments on which the two sets differ, in the order in which they were accepted.
create table backtest_difference (
  backtest_id uuid not null references backtest,
  payment_id uuid not null,
  amount_minor bigint not null,
  accepted_at timestamptz not null,
  position int not null,
  champion_score int not null,
  candidate_score int not null,
  currency text not null,
  label text not null check (label in ('fraud', 'good', 'immature', 'unknown')),
  champion_outcome text not null check (champion_outcome in ('approve', 'review', 'block')),
  candidate_outcome text not null check (candidate_outcome in ('approve', 'review', 'block')),
  primary key (backtest_id, position)
);

revoke delete on backtest, backtest_difference from wallet_app;
revoke update on backtest_difference from wallet_app;
`,
};
