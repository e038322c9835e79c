/** Claims of payers against payments, their evidence, and wallets that owe. */
export const disputes = {
  name: '0015-disputes',
  up: `
create table dispute (
  id uuid primary key,
  payment_id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  -- What was asked for; 0 is all that was left.
  asked_minor bigint not null check (asked_minor >= 0),
  -- Where the money of the dispute is; see disputes/position.ts.
  reserved_minor bigint not null,
  credited_minor bigint not null,
  awarded_minor bigint not null,
  fee_minor bigint not null check (fee_minor >= 0),
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  -- A timer ends what the status waits for.
  due_at timestamptz,
  appeal_until timestamptz,
  decided_at timestamptz,
  version int not null,
  payer_evidence int not null,
  payee_evidence int not null,
  stage text not null check (stage in ('inquiry', 'chargeback')),
  status text not null check (status in ('opened', 'answered', 'closed', 'needs_response',
    'under_review', 'won', 'lost', 'partially_won', 'accepted', 'withdrawn', 'expired',
    'under_appeal', 'failed')),
  reason text not null,
  description text not null,
  currency text not null,
  failure_code text,
  appealed_by text check (appealed_by in ('payer', 'payee')),
  decided_by uuid,
  -- A decision that waits for a second person.
  proposed_by uuid,
  proposed_awarded_minor bigint,
  constraint dispute_within_amount check (reserved_minor >= 0 and awarded_minor >= 0
    and reserved_minor + awarded_minor <= amount_minor and credited_minor in (0, amount_minor)),
  constraint dispute_failure_named check ((status = 'failed') = (failure_code is not null)),
  constraint dispute_waits_until check ((due_at is not null) =
    (status in ('opened', 'answered', 'needs_response', 'under_review', 'under_appeal'))),
  constraint dispute_reserve_while_open check (status in ('needs_response', 'under_review',
    'under_appeal') or reserved_minor = 0 and credited_minor = 0)
) with (fillfactor = 80);
create unique index dispute_open_of_payment on dispute (payment_id)
  where status in ('opened', 'answered', 'needs_response', 'under_review', 'under_appeal');
create index dispute_of_payment on dispute (payment_id);
create index dispute_due on dispute (due_at) where due_at is not null;
create index dispute_of_payer on dispute (payer_id, accepted_at);
create index dispute_of_payee on dispute (payee_id, accepted_at);
create index dispute_by_acceptance on dispute (accepted_at);
create index dispute_by_time on dispute using brin (updated_at);

-- What the parties show: once given it stays. Pieces of equal content share its bytes.
create table evidence_content (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  content bytea not null check (octet_length(content) <= 5242880 and sha256(content) = sha256),
  added_at timestamptz not null default statement_timestamp()
);
alter table evidence_content alter column content set storage external;
create table dispute_evidence (
  id uuid primary key,
  dispute_id uuid not null,
  added_at timestamptz not null default statement_timestamp(),
  added_by uuid not null,
  size_bytes int not null check (size_bytes > 0),
  side text not null check (side in ('payer', 'payee')),
  kind text not null check (kind in ('text', 'file')),
  name text not null,
  content_type text not null,
  sha256 bytea not null check (octet_length(sha256) = 32)
);
create index dispute_evidence_of_dispute on dispute_evidence (dispute_id, added_at);
create trigger evidence_content_append_only
  before update or delete or truncate on evidence_content
  for each statement execute function refuse_change();
create trigger dispute_evidence_append_only
  before update or delete or truncate on dispute_evidence
  for each statement execute function refuse_change();
revoke update, delete on evidence_content, dispute_evidence from wallet_app;
revoke delete on dispute from wallet_app;

-- Wallets that came to owe; a job lets what they get repay it, and takes them off the list.
create table wallet_debt (
  wallet_id uuid primary key,
  since timestamptz not null default statement_timestamp()
);

create view audit.disputes as
  select id as dispute_id, id as intent_id, payment_id, status as state, stage, amount_minor,
    reserved_minor, credited_minor, awarded_minor, fee_minor, currency, payer_wallet_id,
    payee_wallet_id
  from dispute;
`,
};
