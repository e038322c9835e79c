-- Written by core-ledger/scripts/dump-schema.ts from the catalogue: do not edit.

CREATE OR REPLACE FUNCTION public.create_entry_month(moment timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  first timestamptz := date_trunc('month', moment, 'UTC');
  next timestamptz := date_add(date_trunc('month', moment, 'UTC'), '1 month', 'UTC');
  part text := 'entry_' || to_char(moment at time zone 'UTC', 'YYYY_MM');
begin
  if to_regclass('public.' || part) is not null then return null; end if;
  execute format('create table %I (like entry including defaults including constraints)', part);
  execute format('alter table %I add primary key (account_id, version)', part);
  execute format('create trigger entry_append_only before update or delete or truncate on %I
    for each statement execute function refuse_change()', part);
  execute format('revoke insert, update, delete on %I from wallet_app', part);
  execute format('alter table entry attach partition %I for values from (%L) to (%L)',
    part, first, next);
  return part;
end $function$
;

CREATE OR REPLACE FUNCTION public.entries_of_transfers(ids uuid[])
 RETURNS TABLE(transfer_id uuid, account_id bigint, amount_minor bigint)
 LANGUAGE sql
 STABLE
 SET enable_bitmapscan TO 'on'
 SET enable_seqscan TO 'off'
AS $function$
  select e.transfer_id, e.account_id, e.amount_minor
  from transfer t cross join lateral (
    select * from entry e
    where e.transfer_id = t.id
      and e.posted_at between t.posted_at and t.posted_at + interval '15 s'
    order by e.account_id
  ) e
  where t.id = any(ids)
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'WA001';
end $function$
;

CREATE OR REPLACE FUNCTION public.summarize_journal()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare part regclass;
begin
  perform brin_summarize_new_values('transfer_by_number');
  for part in select inhrelid::regclass from pg_inherits
    where inhparent = 'entry_of_transfer'::regclass loop
    perform brin_summarize_new_values(part);
  end loop;
end $function$
;

create table account (
  id bigint generated always as identity not null,
  balance_minor bigint not null default 0,
  held_minor bigint not null default 0,
  version bigint not null default 0,
  limit_minor bigint default 0,
  wallet_id uuid,
  owner_id uuid,
  kind text not null,
  currency text not null,
  status text not null default 'active'::text,
  constraint account_currency_check CHECK ((length(currency) = 3)),
  constraint account_floor CHECK (((balance_minor - held_minor) >= (- limit_minor))),
  constraint account_held_not_negative CHECK ((held_minor >= 0)),
  constraint account_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'merchant_pending'::text, 'merchant_available'::text, 'dispute_reserve'::text, 'receivable'::text, 'provisional'::text, 'in_transit'::text, 'bank'::text, 'external'::text, 'fees'::text, 'dispute_fees'::text, 'fx_spread'::text, 'suspense'::text, 'loss'::text]))),
  constraint account_limit_not_negative CHECK ((limit_minor >= 0)),
  constraint account_pkey PRIMARY KEY (id),
  constraint account_status_check CHECK ((status = ANY (ARRAY['active'::text, 'frozen'::text, 'closed'::text])))
) with (fillfactor=50);

create table account_status_change (
  id bigint generated always as identity not null,
  account_id bigint not null,
  from_status text not null,
  to_status text not null,
  actor text not null,
  reason text not null,
  changed_at timestamp with time zone not null default statement_timestamp(),
  constraint account_status_change_pkey PRIMARY KEY (id)
);

create table app_user (
  id uuid not null,
  email text,
  password_hash text not null,
  name text,
  role text not null,
  created_at timestamp with time zone not null default now(),
  constraint app_user_email_lower CHECK ((email = lower(email))),
  constraint app_user_pkey PRIMARY KEY (id),
  constraint app_user_role_check CHECK ((role = ANY (ARRAY['customer'::text, 'merchant'::text, 'analyst'::text, 'support'::text, 'operator'::text, 'admin'::text, 'service'::text])))
);

create table chain_block (
  height bigint not null,
  first_number bigint not null,
  last_number bigint not null,
  transfer_count integer not null,
  sealed_at timestamp with time zone not null default statement_timestamp(),
  previous_hash bytea not null,
  hash bytea not null,
  leaves bytea not null,
  constraint chain_block_pkey PRIMARY KEY (height),
  constraint chain_block_range CHECK ((first_number <= last_number))
);

create table consumer_offset (
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  constraint consumer_offset_pkey PRIMARY KEY (consumer_group, topic, partition)
) with (fillfactor=50);

create table decision (
  payment_id uuid not null,
  decided_at timestamp with time zone not null,
  score integer not null,
  degraded boolean not null,
  outcome text not null,
  ruleset_hash text not null,
  scored bytea not null,
  constraint decision_outcome_check CHECK ((outcome = ANY (ARRAY['approve'::text, 'review'::text, 'block'::text]))),
  constraint decision_pkey PRIMARY KEY (payment_id)
);

create table entry (
  account_id bigint not null,
  version bigint not null,
  amount_minor bigint not null,
  balance_after_minor bigint not null,
  posted_at timestamp with time zone not null default statement_timestamp(),
  transfer_id uuid not null,
  effective_at timestamp with time zone,
  constraint entry_amount_not_zero CHECK ((amount_minor <> 0))
) partition by RANGE (posted_at);

create table entry_opening (
  account_id bigint not null,
  version bigint not null,
  balance_minor bigint not null,
  until timestamp with time zone not null,
  constraint entry_opening_pkey PRIMARY KEY (account_id)
);

create table fraud_list_entry (
  list text not null,
  value text not null,
  reason text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  constraint fraud_list_entry_pkey PRIMARY KEY (list, value)
);

create table hold (
  id uuid not null,
  account_id bigint not null,
  amount_minor bigint not null,
  payment_id uuid,
  created_at timestamp with time zone not null default statement_timestamp(),
  expires_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  state text not null default 'open'::text,
  reason text not null,
  captured_minor bigint not null default 0,
  payload_hash bytea,
  reference text,
  metadata jsonb,
  constraint hold_amount_positive CHECK ((amount_minor > 0)),
  constraint hold_captured_within CHECK (((captured_minor >= 0) AND (captured_minor <= amount_minor))),
  constraint hold_closed_once CHECK (((state = 'open'::text) = (closed_at IS NULL))),
  constraint hold_pkey PRIMARY KEY (id),
  constraint hold_state_check CHECK ((state = ANY (ARRAY['open'::text, 'captured'::text, 'voided'::text, 'expired'::text])))
);

create table intent (
  id uuid not null,
  source_offset bigint not null,
  source_partition integer not null,
  kind text not null,
  state text not null default 'settled'::text,
  source_topic text not null,
  payload_hash bytea not null,
  constraint intent_kind_check CHECK ((kind = ANY (ARRAY['payment'::text, 'top_up'::text]))),
  constraint intent_payload_hash_check CHECK ((octet_length(payload_hash) = 32)),
  constraint intent_pkey PRIMARY KEY (id),
  constraint intent_state_check CHECK ((state = ANY (ARRAY['settled'::text, 'parked'::text])))
);

create table notification (
  recipient_id uuid not null,
  channel text not null,
  id uuid not null,
  template text not null,
  data jsonb not null,
  occurred_at timestamp with time zone not null,
  read_at timestamp with time zone,
  constraint notification_channel_check CHECK ((channel = ANY (ARRAY['inbox'::text, 'email'::text, 'webhook'::text]))),
  constraint notification_pkey PRIMARY KEY (recipient_id, channel, id)
);

create table oidc_record (
  model text not null,
  id bytea not null,
  session_id uuid,
  payload jsonb not null,
  consumed_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  constraint oidc_record_pkey PRIMARY KEY (model, id),
  constraint oidc_record_session_id_fkey FOREIGN KEY (session_id) REFERENCES session(id)
);

create table outbox (
  batch_id bigint not null,
  position integer not null,
  event_id uuid not null,
  partition integer,
  key text not null,
  payload bytea not null,
  headers text not null,
  constraint outbox_pkey PRIMARY KEY (batch_id, "position")
);

create table outbox_batch (
  id bigint generated always as identity not null,
  created_at timestamp with time zone not null default statement_timestamp(),
  published_at timestamp with time zone,
  record_count integer not null,
  topic text not null,
  constraint outbox_batch_pkey PRIMARY KEY (id),
  constraint outbox_batch_record_count_check CHECK ((record_count > 0))
) with (fillfactor=70);

create table parked (
  id bigint generated always as identity not null,
  intent_id uuid not null,
  ordered_account_id bigint,
  blocked_account_id bigint not null,
  attempt integer not null default 0,
  next_at timestamp with time zone not null,
  parked_at timestamp with time zone not null default now(),
  reason text not null,
  topic text not null,
  partition integer not null,
  source_offset bigint not null,
  timestamp_ms bigint not null,
  key text,
  value bytea not null,
  headers text not null,
  constraint parked_intent_id_key UNIQUE (intent_id),
  constraint parked_pkey PRIMARY KEY (id)
);

create table payment (
  id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  amount_minor bigint not null,
  fee_minor bigint not null default 0,
  captured_minor bigint not null default 0,
  refunded_minor bigint not null default 0,
  disputed_minor bigint not null default 0,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  authorization_expires_at timestamp with time zone,
  version integer not null,
  status text not null,
  currency text not null,
  capture text not null,
  failure_code text,
  description text,
  reference text,
  metadata jsonb,
  constraint payment_amount_minor_check CHECK ((amount_minor > 0)),
  constraint payment_capture_check CHECK ((capture = ANY (ARRAY['automatic'::text, 'manual'::text]))),
  constraint payment_captured_bound CHECK (((captured_minor >= 0) AND (captured_minor <= amount_minor))),
  constraint payment_disputed_minor_check CHECK ((disputed_minor >= 0)),
  constraint payment_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint payment_fee_minor_check CHECK ((fee_minor >= 0)),
  constraint payment_other_wallet CHECK (((payer_wallet_id <> payee_wallet_id) OR (status = 'failed'::text))),
  constraint payment_pkey PRIMARY KEY (id),
  constraint payment_refunded_minor_check CHECK ((refunded_minor >= 0)),
  constraint payment_returned_bound CHECK (((refunded_minor + disputed_minor) <= captured_minor)),
  constraint payment_status_check CHECK ((status = ANY (ARRAY['in_review'::text, 'authorized'::text, 'captured'::text, 'failed'::text, 'rejected'::text, 'expired'::text, 'canceled'::text])))
) with (fillfactor=85);

create table person (
  subject_id uuid not null,
  email_mac bytea,
  sealed bytea not null,
  erased_at timestamp with time zone,
  constraint person_email_mac UNIQUE (email_mac),
  constraint person_pkey PRIMARY KEY (subject_id),
  constraint person_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES app_user(id)
);

create table person_key (
  subject_id uuid not null,
  wrapped bytea not null,
  constraint person_key_pkey PRIMARY KEY (subject_id),
  constraint person_key_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES person(subject_id)
);

create table posting_result (
  id uuid not null,
  answered_at timestamp with time zone not null default statement_timestamp(),
  payload_hash bytea not null,
  kind text not null,
  refusal text,
  refused_item integer,
  constraint posting_result_pkey PRIMARY KEY (id)
);

create table service_client (
  id uuid not null,
  user_id uuid not null,
  secret_hash bytea not null,
  previous_hash bytea,
  previous_until timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint service_client_id_fkey FOREIGN KEY (id) REFERENCES session(id),
  constraint service_client_pkey PRIMARY KEY (id),
  constraint service_client_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id)
);

create table session (
  id uuid not null,
  user_id uuid not null,
  refresh_generation integer not null default 0,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id)
);

create table signing_key (
  id text not null,
  public_jwk jsonb not null,
  sealed_private bytea not null,
  signs_from timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  constraint signing_key_pkey PRIMARY KEY (id)
);

create table signing_key_request (
  id bigint generated always as identity not null,
  requested_at timestamp with time zone not null default now(),
  constraint signing_key_request_pkey PRIMARY KEY (id)
);

create table top_up (
  id uuid not null,
  wallet_id uuid not null,
  owner_id uuid not null,
  amount_minor bigint not null,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  version integer not null,
  status text not null,
  currency text not null,
  failure_code text,
  reference text,
  constraint top_up_amount_minor_check CHECK ((amount_minor > 0)),
  constraint top_up_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint top_up_pkey PRIMARY KEY (id),
  constraint top_up_status_check CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text])))
);

create table transfer (
  id uuid not null,
  payment_id uuid,
  intent_id uuid,
  posted_at timestamp with time zone not null default statement_timestamp(),
  kind text not null,
  number bigint generated by default as identity not null,
  effective_at timestamp with time zone,
  payload_hash bytea,
  hold_id uuid,
  reverses uuid,
  chain_id uuid,
  reference text,
  metadata jsonb,
  constraint transfer_effective_in_the_past CHECK ((effective_at <= posted_at)),
  constraint transfer_pkey PRIMARY KEY (id)
);

create table wallet (
  id uuid not null,
  owner_id uuid not null,
  kind text not null,
  currency text not null,
  created_at timestamp with time zone not null default now(),
  constraint wallet_currency_check CHECK ((length(currency) = 3)),
  constraint wallet_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'merchant'::text]))),
  constraint wallet_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX account_of_platform ON public.account USING btree (currency, kind) WHERE (wallet_id IS NULL);
CREATE UNIQUE INDEX account_of_wallet ON public.account USING btree (wallet_id, kind) WHERE (wallet_id IS NOT NULL);

CREATE INDEX account_status_change_of_account ON public.account_status_change USING btree (account_id, id);

CREATE UNIQUE INDEX app_user_email ON public.app_user USING btree (email);

CREATE INDEX entry_back_dated ON ONLY public.entry USING btree (account_id, effective_at) WHERE (effective_at IS NOT NULL);
CREATE INDEX entry_of_transfer ON ONLY public.entry USING brin (transfer_id, posted_at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX hold_open_by_expiry ON public.hold USING btree (expires_at) WHERE (state = 'open'::text);
CREATE INDEX hold_open_of_account ON public.hold USING btree (account_id) WHERE (state = 'open'::text);

CREATE INDEX oidc_record_expiry ON public.oidc_record USING btree (expires_at);
CREATE INDEX oidc_record_of_session ON public.oidc_record USING btree (session_id);

CREATE INDEX outbox_batch_by_time ON public.outbox_batch USING brin (created_at);
CREATE INDEX outbox_batch_unpublished ON public.outbox_batch USING btree (id) WHERE (published_at IS NULL);

CREATE INDEX parked_of_account ON public.parked USING btree (ordered_account_id, id);

CREATE INDEX payment_authorization_due ON public.payment USING btree (authorization_expires_at) WHERE (status = 'authorized'::text);
CREATE INDEX payment_by_time ON public.payment USING brin (updated_at);
CREATE INDEX payment_waiting ON public.payment USING btree (status, updated_at) WHERE (status = ANY (ARRAY['in_review'::text, 'authorized'::text]));

CREATE INDEX posting_result_by_time ON public.posting_result USING brin (answered_at) WITH (autosummarize='on');

CREATE INDEX service_client_of_user ON public.service_client USING btree (user_id);

CREATE INDEX session_of_user ON public.session USING btree (user_id);
CREATE INDEX session_revoked ON public.session USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE INDEX transfer_by_number ON public.transfer USING brin (number, posted_at) WITH (pages_per_range='32', autosummarize='on');
CREATE UNIQUE INDEX transfer_reversed_once ON public.transfer USING btree (reverses) WHERE (reverses IS NOT NULL);

CREATE INDEX wallet_of_owner ON public.wallet USING btree (owner_id, created_at, id);

CREATE TRIGGER account_status_change_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.account_status_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_block_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.chain_block FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_result_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.posting_result FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfer_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create view audit.accounts as
 SELECT id AS account_id,
    owner_id,
    wallet_id,
    kind,
    currency,
    balance_minor,
    held_minor,
    version
   FROM account;

create view audit.decisions as
 SELECT payment_id,
    outcome,
    score,
    ruleset_hash,
    degraded,
    decided_at
   FROM decision;

create view audit.entries as
 SELECT ((e.account_id || '-'::text) || e.version) AS entry_id,
    e.transfer_id,
    e.account_id,
    a.currency,
    e.amount_minor,
    e.balance_after_minor,
    e.version AS account_version,
    e.posted_at
   FROM (entry e
     JOIN account a ON ((a.id = e.account_id)));

create view audit.intents as
 SELECT id AS intent_id,
    kind,
    state,
    source_topic,
    source_partition,
    source_offset
   FROM intent;

create view audit.outbox as
 SELECT o.event_id,
    b.topic,
    o.key,
    b.created_at,
    b.published_at
   FROM (outbox o
     JOIN outbox_batch b ON ((b.id = o.batch_id)));

create view audit.payments as
 SELECT id AS payment_id,
    id AS intent_id,
    status AS state,
    amount_minor,
    captured_minor,
    refunded_minor,
    disputed_minor,
    currency,
    payer_wallet_id,
    payee_wallet_id
   FROM payment;

create view audit.transfers as
 SELECT id AS transfer_id,
    kind,
    payment_id,
    intent_id,
    posted_at
   FROM transfer;

grant select on audit.accounts to auditor;
grant select on audit.decisions to auditor;
grant select on audit.entries to auditor;
grant select on audit.intents to auditor;
grant select on audit.outbox to auditor;
grant select on audit.payments to auditor;
grant select on audit.transfers to auditor;
