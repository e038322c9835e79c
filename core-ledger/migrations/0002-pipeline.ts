/** Intents, offsets, payments, top-ups, decisions and the outbox: how work becomes money. */
export const pipeline = {
  name: '0002-pipeline',
  up: `
-- One row per accepted intent, ever: the net below every duplicate.
create table intent (
  id uuid primary key,
  source_offset bigint not null,
  source_partition int not null,
  kind text not null check (kind in ('payment', 'top_up')),
  state text not null default 'settled' check (state in ('settled', 'parked')),
  source_topic text not null,
  payload_hash bytea not null check (octet_length(payload_hash) = 32)
);

-- Where each consumer stands; advanced in the transaction of the effects. The broker's own
-- offsets are a hint.
create table consumer_offset (
  consumer_group text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (consumer_group, topic, partition)
) with (fillfactor = 50);

-- Records that wait: for a locked account, or behind an earlier record of the same payer.
create table parked (
  id bigint generated always as identity primary key,
  intent_id uuid not null unique,
  -- The payer's account, whose intents keep their order; null for credits, which commute.
  ordered_account_id bigint,
  blocked_account_id bigint not null,
  attempt int not null default 0,
  next_at timestamptz not null,
  parked_at timestamptz not null default now(),
  reason text not null,
  topic text not null,
  partition int not null,
  source_offset bigint not null,
  timestamp_ms bigint not null,
  key text,
  value bytea not null,
  headers text not null
);
create index parked_of_account on parked (ordered_account_id, id);

create table payment (
  id uuid primary key,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  fee_minor bigint not null default 0 check (fee_minor >= 0),
  captured_minor bigint not null default 0,
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  disputed_minor bigint not null default 0 check (disputed_minor >= 0),
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  authorization_expires_at timestamptz,
  version int not null,
  status text not null check (status in ('in_review', 'authorized', 'captured', 'failed',
    'rejected', 'expired', 'canceled')),
  currency text not null,
  capture text not null check (capture in ('automatic', 'manual')),
  failure_code text,
  description text,
  reference text,
  metadata jsonb,
  constraint payment_other_wallet check (payer_wallet_id <> payee_wallet_id or status = 'failed'),
  constraint payment_captured_bound check (captured_minor between 0 and amount_minor),
  constraint payment_returned_bound check (refunded_minor + disputed_minor <= captured_minor),
  constraint payment_failure_named check ((status = 'failed') = (failure_code is not null))
) with (fillfactor = 85);
create index payment_waiting on payment (status, updated_at)
  where status in ('in_review', 'authorized');
-- For looks at what is recent: a few bytes per megabyte of table.
create index payment_by_time on payment using brin (updated_at);

create table top_up (
  id uuid primary key,
  wallet_id uuid not null,
  owner_id uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  version int not null,
  status text not null check (status in ('succeeded', 'failed')),
  currency text not null,
  failure_code text,
  reference text,
  constraint top_up_failure_named check ((status = 'failed') = (failure_code is not null))
);

-- The decision as it was made: columns to look at, and the scored record itself as evidence.
create table decision (
  payment_id uuid primary key,
  decided_at timestamptz not null,
  score int not null,
  degraded boolean not null,
  outcome text not null check (outcome in ('approve', 'review', 'block')),
  ruleset_hash text not null,
  -- The framed Avro bytes of the payment-scored record: intent, decision and writer's schema id.
  scored bytea not null
);

-- One row per topic and transaction. Ids are drawn while the row locks are held, so for one key
-- their order is the order of commit.
create table outbox_batch (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default statement_timestamp(),
  published_at timestamptz,
  record_count int not null check (record_count > 0),
  topic text not null
) with (fillfactor = 70);
create index outbox_batch_unpublished on outbox_batch (id) where published_at is null;
create index outbox_batch_by_time on outbox_batch using brin (created_at);

create table outbox (
  batch_id bigint not null,
  position int not null,
  event_id uuid not null,
  -- Set for records that must go where another one was; else the key decides.
  partition int,
  key text not null,
  payload bytea not null,
  -- A JSON object of strings, as text: it is never searched.
  headers text not null,
  primary key (batch_id, position)
);
`,
};
