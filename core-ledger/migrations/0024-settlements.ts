/** Money that leaves for merchants' banks: windows, batches, what is in them, what banks said. */
export const settlements = {
  name: '0024-settlements',
  up: `
-- One is open per currency; closing it opens the next in the same transaction.
create table settlement_window (
  id uuid primary key,
  opens_at timestamptz not null,
  closes_at timestamptz not null,
  closed_at timestamptz,
  -- A user; null: time has closed it.
  closed_by uuid,
  -- Every merchant who had something in it has a batch.
  built_at timestamptz,
  currency text not null,
  constraint settlement_window_ends check (closes_at > opens_at),
  constraint settlement_window_built check (built_at is null or closed_at is not null)
);
create unique index settlement_window_open on settlement_window (currency) where closed_at is null;
create index settlement_window_unbuilt on settlement_window (closed_at) where built_at is null;
create index settlement_window_by_time on settlement_window (opens_at);
revoke delete on settlement_window from wallet_app;

-- One batch of one merchant: gross - refunds - disputes - fees + carried = net.
create table settlement (
  id uuid primary key,
  wallet_id uuid not null,
  owner_id uuid not null,
  -- Of one payment alone; null: of all that the merchant has.
  payment_id uuid,
  window_id uuid,
  created_by uuid not null,
  approved_by uuid,
  -- An intent asks for all there is.
  asked_minor bigint not null default 0,
  gross_minor bigint not null,
  refunds_minor bigint not null,
  disputes_minor bigint not null,
  fees_minor bigint not null,
  carried_minor bigint not null,
  net_minor bigint not null check (net_minor >= 0),
  -- carried = carried in + other movements - carried out.
  carried_in_minor bigint not null,
  carried_out_minor bigint not null,
  confirmed_minor bigint not null default 0 check (confirmed_minor >= 0),
  returned_minor bigint not null default 0 check (returned_minor >= 0),
  -- Of what was confirmed, what statements of the bank have shown.
  banked_minor bigint not null default 0,
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  available_on timestamptz,
  version int not null,
  item_count int not null,
  -- The cuts of its merchant before it was made, to be gone back to when it is aborted.
  cuts bigint[] not null,
  origin text not null check (origin in ('payment', 'run', 'window')),
  status text not null check (status in ('scheduled', 'pending_approval', 'submitted', 'settled',
    'partially_settled', 'failed', 'returned', 'aborted')),
  currency text not null,
  destination text,
  reference text,
  reason text,
  failure_code text,
  constraint settlement_adds_up check (
    gross_minor - refunds_minor - disputes_minor - fees_minor + carried_minor = net_minor),
  constraint settlement_pays_once check (confirmed_minor + returned_minor <= net_minor)
) with (fillfactor = 85);
create unique index settlement_one_waiting on settlement (wallet_id)
  where status = 'pending_approval';
create unique index settlement_of_window on settlement (window_id, wallet_id)
  where origin = 'window';
create unique index settlement_of_payment on settlement (payment_id)
  where payment_id is not null and status <> 'failed';
create index settlement_of_merchant on settlement (wallet_id, accepted_at desc, id desc);
create index settlement_recent on settlement (accepted_at desc, id desc);
create index settlement_waiting on settlement (updated_at)
  where status in ('pending_approval', 'submitted', 'partially_settled');
create index settlement_by_time on settlement using brin (updated_at);
revoke delete on settlement from wallet_app;

-- What a batch consists of: each transfer once for its merchant, for ever, unless the batch was
-- aborted before it moved anything.
create table settlement_item (
  settlement_id uuid not null,
  wallet_id uuid not null,
  transfer_id uuid not null,
  payment_id uuid,
  gross_minor bigint not null,
  refunds_minor bigint not null,
  disputes_minor bigint not null,
  fees_minor bigint not null,
  other_minor bigint not null,
  posted_at timestamptz not null,
  kind text not null,
  is_released boolean not null default false,
  primary key (settlement_id, transfer_id)
);
create unique index settlement_item_once on settlement_item (transfer_id, wallet_id)
  where not is_released;
create index settlement_item_of_payment on settlement_item (payment_id)
  where payment_id is not null;
revoke delete on settlement_item from wallet_app;

-- The transfers that a batch has made.
create table settlement_transfer (
  transfer_id uuid primary key,
  settlement_id uuid not null,
  amount_minor bigint not null,
  kind text not null
);
create index settlement_transfer_of on settlement_transfer (settlement_id);
revoke update, delete on settlement_transfer from wallet_app;

-- How far a merchant's accounts have been taken into batches: credits to pending, debits of it,
-- available and receivable have no entry up to their cut that is not in one. carried_minor was in
-- batches that did not pay it out.
create table settlement_position (
  wallet_id uuid primary key,
  carried_minor bigint not null,
  cuts bigint[] not null check (cardinality(cuts) = 4),
  -- The sum of the accounts' versions when the last batch was made.
  seen_version bigint not null
);
revoke delete on settlement_position from wallet_app;

-- A line of a bank's statement; the bank's own reference is good for one.
create table bank_line (
  id uuid primary key,
  statement_id uuid not null,
  settlement_id uuid,
  amount_minor bigint not null check (amount_minor > 0),
  -- What could not be placed and went to suspense; somebody must find out where it belongs.
  unplaced_minor bigint not null,
  imported_at timestamptz not null default statement_timestamp(),
  direction text not null check (direction in ('debit', 'credit')),
  outcome text not null
    check (outcome in ('matched', 'under', 'over', 'wrong_currency', 'unknown')),
  currency text not null,
  bank_reference text not null,
  reference text
);
create unique index bank_line_once on bank_line (currency, bank_reference);
create index bank_line_of_statement on bank_line (statement_id);
create index bank_line_odd on bank_line (imported_at desc, id desc) where outcome <> 'matched';
revoke update, delete on bank_line from wallet_app;

create view audit.settlements as
  select id as settlement_id, id as intent_id, wallet_id, payment_id, window_id, status as state,
    gross_minor, refunds_minor, disputes_minor, fees_minor, carried_minor, net_minor,
    confirmed_minor, returned_minor, currency
  from settlement;
`,
};
