/** Payments that wait for an analyst, and what sets that are only tried would have said. */
export const fraudCases = {
  name: '0020-fraud-cases',
  up: `
-- Opened and closed with its payment, in the same transaction. What the payment carried stands here
-- too, so that the label can be counted where the payment was.
create table fraud_case (
  id uuid primary key,
  payment_id uuid not null unique,
  payer_id uuid not null,
  payee_id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  owner_id uuid,
  amount_minor bigint not null,
  accepted_at timestamptz not null,
  created_at timestamptz not null default statement_timestamp(),
  due_at timestamptz not null,
  closed_at timestamptz,
  score int not null,
  status text not null default 'open' check (status in ('open', 'approved', 'rejected', 'expired')),
  currency text not null,
  device_id text,
  ip text,
  card_fingerprint text,
  country text,
  constraint fraud_case_closed check ((status = 'open') = (closed_at is null))
);
create index fraud_case_queue on fraud_case (created_at, id);
create index fraud_case_open on fraud_case (due_at) where status = 'open';

-- What was said of a case and who took it; append-only.
create table fraud_case_note (
  id bigint generated always as identity primary key,
  case_id uuid not null references fraud_case,
  author_id uuid not null,
  owner_id uuid,
  at timestamptz not null default statement_timestamp(),
  kind text not null check (kind in ('note', 'assigned')),
  role text not null,
  request_id text,
  text text not null
);
create index fraud_case_note_of on fraud_case_note (case_id, id);
create view audit.fraud_case_notes as
  select id, case_id, kind, author_id, role, owner_id, text, request_id, at from fraud_case_note;
grant select on audit.fraud_case_notes to auditor;

-- Payments that wait since before there were cases.
insert into fraud_case (id, payment_id, payer_id, payee_id, payer_wallet_id, payee_wallet_id,
    amount_minor, accepted_at, created_at, due_at, score, currency)
  select gen_random_uuid(), p.id, p.payer_id, p.payee_id, p.payer_wallet_id, p.payee_wallet_id,
    p.amount_minor, p.accepted_at, p.updated_at, p.updated_at + interval '86400 seconds',
    coalesce(d.score, 0), p.currency
  from payment p left join decision d on d.payment_id = p.id where p.status = 'in_review';

-- What a set in shadow said beside the live one, summed up; one row for each pair of outcomes.
create table fraud_shadow_tally (
  ruleset_id uuid not null references fraud_ruleset,
  payments bigint not null,
  amount_minor numeric not null,
  hash text not null,
  currency text not null,
  live text not null check (live in ('approve', 'review', 'block')),
  shadow text not null check (shadow in ('approve', 'review', 'block', 'skipped')),
  primary key (ruleset_id, hash, currency, live, shadow)
);
create table fraud_shadow_rule (
  ruleset_id uuid not null references fraud_ruleset,
  hits bigint not null,
  amount_minor numeric not null,
  hash text not null,
  rule text not null,
  currency text not null,
  live text not null check (live in ('approve', 'review', 'block')),
  primary key (ruleset_id, hash, rule, currency, live)
);

revoke update, delete on fraud_case_note from wallet_app;
revoke delete on fraud_case from wallet_app;
`,
};
