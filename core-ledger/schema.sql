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

CREATE OR REPLACE FUNCTION public.open_clearing()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into clearing (account_id) values (new.id) on conflict do nothing;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'WA001';
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_ruleset_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ begin
  raise exception 'a rule set that has left its draft never changes';
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
  tier text,
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

create table account_usage (
  account_id bigint not null,
  day date not null,
  day_minor bigint not null,
  month_minor bigint not null,
  constraint account_usage_not_negative CHECK (((day_minor >= 0) AND (month_minor >= day_minor))),
  constraint account_usage_pkey PRIMARY KEY (account_id)
) with (fillfactor=50);

create table action (
  id uuid not null,
  object text not null,
  object_id uuid not null,
  amount_minor bigint not null default 0,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  actor_id uuid not null,
  action text not null,
  status text not null,
  failure_code text,
  constraint action_amount_minor_check CHECK ((amount_minor >= 0)),
  constraint action_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint action_pkey PRIMARY KEY (id),
  constraint action_status_check CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text])))
);

create table app_user (
  id uuid not null,
  password_hash text not null,
  role text not null,
  created_at timestamp with time zone not null default now(),
  constraint app_user_pkey PRIMARY KEY (id),
  constraint app_user_role_check CHECK ((role = ANY (ARRAY['customer'::text, 'merchant'::text, 'analyst'::text, 'support'::text, 'operator'::text, 'admin'::text, 'service'::text])))
);

create table backtest (
  id uuid not null,
  requested_by uuid,
  candidate_id uuid,
  champion_id uuid,
  worker uuid,
  lease_until timestamp with time zone,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  created_at timestamp with time zone not null default statement_timestamp(),
  updated_at timestamp with time zone not null default statement_timestamp(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  passed_records bigint not null default 0,
  all_records bigint,
  attempts integer not null default 0,
  maturity_days integer not null,
  cancel_requested boolean not null default false,
  status text not null default 'queued'::text,
  candidate_hash text not null,
  candidate_rules text not null,
  champion_hash text not null,
  champion_rules text not null,
  failure text,
  checkpoint jsonb,
  report jsonb,
  rest_id uuid,
  rest_hash text,
  rest_rules text,
  champion_percent integer not null default 100,
  constraint backtest_failure_told CHECK (((status = 'failed'::text) = (failure IS NOT NULL))),
  constraint backtest_finished CHECK (((status = ANY (ARRAY['succeeded'::text, 'failed'::text, 'canceled'::text])) = (finished_at IS NOT NULL))),
  constraint backtest_maturity_days_check CHECK (((maturity_days >= 0) AND (maturity_days <= 365))),
  constraint backtest_pkey PRIMARY KEY (id),
  constraint backtest_range CHECK ((from_at < to_at)),
  constraint backtest_reported CHECK (((status = 'succeeded'::text) = (report IS NOT NULL))),
  constraint backtest_rollout CHECK ((((champion_percent >= 1) AND (champion_percent <= 100)) AND ((champion_percent < 100) = (rest_rules IS NOT NULL)) AND ((rest_hash IS NULL) = (rest_rules IS NULL)))),
  constraint backtest_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text])))
);

create table backtest_difference (
  backtest_id uuid not null,
  payment_id uuid not null,
  amount_minor bigint not null,
  accepted_at timestamp with time zone not null,
  position integer not null,
  champion_score integer not null,
  candidate_score integer not null,
  currency text not null,
  label text not null,
  champion_outcome text not null,
  candidate_outcome text not null,
  constraint backtest_difference_backtest_id_fkey FOREIGN KEY (backtest_id) REFERENCES backtest(id),
  constraint backtest_difference_candidate_outcome_check CHECK ((candidate_outcome = ANY (ARRAY['approve'::text, 'review'::text, 'block'::text]))),
  constraint backtest_difference_champion_outcome_check CHECK ((champion_outcome = ANY (ARRAY['approve'::text, 'review'::text, 'block'::text]))),
  constraint backtest_difference_label_check CHECK ((label = ANY (ARRAY['fraud'::text, 'good'::text, 'immature'::text, 'unknown'::text]))),
  constraint backtest_difference_pkey PRIMARY KEY (backtest_id, "position")
);

create table bank_line (
  id uuid not null,
  statement_id uuid not null,
  settlement_id uuid,
  amount_minor bigint not null,
  unplaced_minor bigint not null,
  imported_at timestamp with time zone not null default statement_timestamp(),
  direction text not null,
  outcome text not null,
  currency text not null,
  bank_reference text not null,
  reference text,
  constraint bank_line_amount_minor_check CHECK ((amount_minor > 0)),
  constraint bank_line_direction_check CHECK ((direction = ANY (ARRAY['debit'::text, 'credit'::text]))),
  constraint bank_line_outcome_check CHECK ((outcome = ANY (ARRAY['matched'::text, 'under'::text, 'over'::text, 'wrong_currency'::text, 'unknown'::text]))),
  constraint bank_line_pkey PRIMARY KEY (id)
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

create table clearing (
  account_id bigint not null,
  seen_version bigint not null default 0,
  due_version bigint not null default 0,
  recent_minor bigint not null default 0,
  next_at timestamp with time zone not null default statement_timestamp(),
  constraint clearing_pkey PRIMARY KEY (account_id),
  constraint clearing_reads_forward CHECK (((due_version <= seen_version) AND (due_version >= 0))),
  constraint clearing_recent_not_negative CHECK ((recent_minor >= 0))
) with (fillfactor=70);

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

create table dispute (
  id uuid not null,
  payment_id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  amount_minor bigint not null,
  asked_minor bigint not null,
  reserved_minor bigint not null,
  credited_minor bigint not null,
  awarded_minor bigint not null,
  fee_minor bigint not null,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  due_at timestamp with time zone,
  appeal_until timestamp with time zone,
  decided_at timestamp with time zone,
  version integer not null,
  payer_evidence integer not null,
  payee_evidence integer not null,
  stage text not null,
  status text not null,
  reason text not null,
  description text not null,
  currency text not null,
  failure_code text,
  appealed_by text,
  decided_by uuid,
  proposed_by uuid,
  proposed_awarded_minor bigint,
  constraint dispute_amount_minor_check CHECK ((amount_minor > 0)),
  constraint dispute_appealed_by_check CHECK ((appealed_by = ANY (ARRAY['payer'::text, 'payee'::text]))),
  constraint dispute_asked_minor_check CHECK ((asked_minor >= 0)),
  constraint dispute_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint dispute_fee_minor_check CHECK ((fee_minor >= 0)),
  constraint dispute_pkey PRIMARY KEY (id),
  constraint dispute_reserve_while_open CHECK (((status = ANY (ARRAY['needs_response'::text, 'under_review'::text, 'under_appeal'::text])) OR ((reserved_minor = 0) AND (credited_minor = 0)))),
  constraint dispute_stage_check CHECK ((stage = ANY (ARRAY['inquiry'::text, 'chargeback'::text]))),
  constraint dispute_status_check CHECK ((status = ANY (ARRAY['opened'::text, 'answered'::text, 'closed'::text, 'needs_response'::text, 'under_review'::text, 'won'::text, 'lost'::text, 'partially_won'::text, 'accepted'::text, 'withdrawn'::text, 'expired'::text, 'under_appeal'::text, 'failed'::text]))),
  constraint dispute_waits_until CHECK (((due_at IS NOT NULL) = (status = ANY (ARRAY['opened'::text, 'answered'::text, 'needs_response'::text, 'under_review'::text, 'under_appeal'::text])))),
  constraint dispute_within_amount CHECK (((reserved_minor >= 0) AND (awarded_minor >= 0) AND ((reserved_minor + awarded_minor) <= amount_minor) AND ((credited_minor = 0) OR (credited_minor = amount_minor))))
) with (fillfactor=80);

create table dispute_evidence (
  id uuid not null,
  dispute_id uuid not null,
  added_at timestamp with time zone not null default statement_timestamp(),
  added_by uuid not null,
  size_bytes integer not null,
  side text not null,
  kind text not null,
  name text not null,
  content_type text not null,
  sha256 bytea not null,
  constraint dispute_evidence_kind_check CHECK ((kind = ANY (ARRAY['text'::text, 'file'::text]))),
  constraint dispute_evidence_pkey PRIMARY KEY (id),
  constraint dispute_evidence_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint dispute_evidence_side_check CHECK ((side = ANY (ARRAY['payer'::text, 'payee'::text]))),
  constraint dispute_evidence_size_bytes_check CHECK ((size_bytes > 0))
);

create table email (
  recipient_id uuid not null,
  id uuid not null,
  template text not null,
  version smallint not null,
  data text not null,
  occurred_at timestamp with time zone not null,
  status text not null,
  attempts integer not null default 0,
  next_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  last_error text,
  constraint email_pkey PRIMARY KEY (recipient_id, id),
  constraint email_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'deferred'::text, 'sent'::text, 'failed'::text, 'suppressed'::text])))
) with (fillfactor=70);

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

create table evidence_content (
  sha256 bytea not null,
  content bytea not null,
  added_at timestamp with time zone not null default statement_timestamp(),
  constraint evidence_content_check CHECK (((octet_length(content) <= 5242880) AND (sha256(content) = sha256))),
  constraint evidence_content_pkey PRIMARY KEY (sha256),
  constraint evidence_content_sha256_check CHECK ((octet_length(sha256) = 32))
);

create table fraud_case (
  id uuid not null,
  payment_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  owner_id uuid,
  amount_minor bigint not null,
  accepted_at timestamp with time zone not null,
  created_at timestamp with time zone not null default statement_timestamp(),
  due_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  score integer not null,
  status text not null default 'open'::text,
  currency text not null,
  device_id text,
  ip text,
  card_fingerprint text,
  country text,
  constraint fraud_case_closed CHECK (((status = 'open'::text) = (closed_at IS NULL))),
  constraint fraud_case_payment_id_key UNIQUE (payment_id),
  constraint fraud_case_pkey PRIMARY KEY (id),
  constraint fraud_case_status_check CHECK ((status = ANY (ARRAY['open'::text, 'approved'::text, 'rejected'::text, 'expired'::text])))
);

create table fraud_case_note (
  id bigint generated always as identity not null,
  case_id uuid not null,
  author_id uuid not null,
  owner_id uuid,
  at timestamp with time zone not null default statement_timestamp(),
  kind text not null,
  role text not null,
  request_id text,
  text text not null,
  constraint fraud_case_note_case_id_fkey FOREIGN KEY (case_id) REFERENCES fraud_case(id),
  constraint fraud_case_note_kind_check CHECK ((kind = ANY (ARRAY['note'::text, 'assigned'::text]))),
  constraint fraud_case_note_pkey PRIMARY KEY (id)
);

create table fraud_list (
  name text not null,
  created_by uuid,
  created_at timestamp with time zone not null default statement_timestamp(),
  description text not null,
  constraint fraud_list_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{0,63}$'::text)),
  constraint fraud_list_pkey PRIMARY KEY (name)
);

create table fraud_list_change (
  version bigint not null,
  actor_id uuid,
  at timestamp with time zone not null default statement_timestamp(),
  expires_at timestamp with time zone,
  action text not null,
  list text not null,
  value text not null,
  reason text not null,
  role text not null,
  request_id text,
  constraint fraud_list_change_action_check CHECK ((action = ANY (ARRAY['put'::text, 'remove'::text]))),
  constraint fraud_list_change_list_fkey FOREIGN KEY (list) REFERENCES fraud_list(name),
  constraint fraud_list_change_pkey PRIMARY KEY (version),
  constraint fraud_list_change_value_check CHECK (((length(value) >= 1) AND (length(value) <= 200)))
);

create table fraud_publication (
  id bigint generated always as identity not null,
  under bigint,
  ruleset_id uuid not null,
  rest_id uuid,
  published_by uuid,
  published_at timestamp with time zone not null default statement_timestamp(),
  percent integer not null,
  kind text not null,
  constraint fraud_publication_kind_check CHECK ((kind = ANY (ARRAY['publish'::text, 'rollback'::text]))),
  constraint fraud_publication_percent_check CHECK (((percent >= 1) AND (percent <= 100))),
  constraint fraud_publication_pkey PRIMARY KEY (id),
  constraint fraud_publication_rest CHECK (((percent = 100) = (rest_id IS NULL))),
  constraint fraud_publication_rest_id_fkey FOREIGN KEY (rest_id) REFERENCES fraud_ruleset(id),
  constraint fraud_publication_ruleset_id_fkey FOREIGN KEY (ruleset_id) REFERENCES fraud_ruleset(id),
  constraint fraud_publication_under_fkey FOREIGN KEY (under) REFERENCES fraud_publication(id)
);

create table fraud_ruleset (
  id uuid not null,
  author_id uuid,
  based_on uuid,
  approved_by uuid,
  created_at timestamp with time zone not null default statement_timestamp(),
  updated_at timestamp with time zone not null default statement_timestamp(),
  shadow_since timestamp with time zone,
  version integer not null default 1,
  status text not null default 'draft'::text,
  name text not null,
  hash text not null,
  rules text not null,
  constraint fraud_ruleset_based_on_fkey FOREIGN KEY (based_on) REFERENCES fraud_ruleset(id),
  constraint fraud_ruleset_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint fraud_ruleset_pkey PRIMARY KEY (id),
  constraint fraud_ruleset_second_person CHECK ((approved_by <> author_id)),
  constraint fraud_ruleset_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'shadow'::text, 'submitted'::text, 'approved'::text, 'live'::text, 'retired'::text])))
);

create table fraud_ruleset_text (
  hash text not null,
  rules text not null,
  first_used_at timestamp with time zone not null default statement_timestamp(),
  constraint fraud_ruleset_text_pkey PRIMARY KEY (hash)
);

create table fraud_shadow_rule (
  ruleset_id uuid not null,
  hits bigint not null,
  amount_minor numeric not null,
  hash text not null,
  rule text not null,
  currency text not null,
  live text not null,
  constraint fraud_shadow_rule_live_check CHECK ((live = ANY (ARRAY['approve'::text, 'review'::text, 'block'::text]))),
  constraint fraud_shadow_rule_pkey PRIMARY KEY (ruleset_id, hash, rule, currency, live),
  constraint fraud_shadow_rule_ruleset_id_fkey FOREIGN KEY (ruleset_id) REFERENCES fraud_ruleset(id)
);

create table fraud_shadow_tally (
  ruleset_id uuid not null,
  payments bigint not null,
  amount_minor numeric not null,
  hash text not null,
  currency text not null,
  live text not null,
  shadow text not null,
  constraint fraud_shadow_tally_live_check CHECK ((live = ANY (ARRAY['approve'::text, 'review'::text, 'block'::text]))),
  constraint fraud_shadow_tally_pkey PRIMARY KEY (ruleset_id, hash, currency, live, shadow),
  constraint fraud_shadow_tally_ruleset_id_fkey FOREIGN KEY (ruleset_id) REFERENCES fraud_ruleset(id),
  constraint fraud_shadow_tally_shadow_check CHECK ((shadow = ANY (ARRAY['approve'::text, 'review'::text, 'block'::text, 'skipped'::text])))
);

create table handled_dead_letter (
  topic text not null,
  partition integer not null,
  letter_offset bigint not null,
  outcome text not null,
  reason text,
  handled_at timestamp with time zone not null default statement_timestamp(),
  constraint handled_dead_letter_outcome_check CHECK ((outcome = ANY (ARRAY['redriven'::text, 'dismissed'::text]))),
  constraint handled_dead_letter_pkey PRIMARY KEY (topic, partition, letter_offset)
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
  constraint intent_kind_word CHECK (((length(kind) <= 32) AND (kind ~ '^[a-z_]+$'::text))),
  constraint intent_payload_hash_check CHECK ((octet_length(payload_hash) = 32)),
  constraint intent_pkey PRIMARY KEY (id),
  constraint intent_state_check CHECK ((state = ANY (ARRAY['settled'::text, 'parked'::text])))
);

create table kyc_tier (
  name text not null,
  currency text not null,
  per_transaction_minor bigint,
  per_day_minor bigint,
  per_month_minor bigint,
  maximum_balance_minor bigint,
  constraint kyc_tier_currency_check CHECK ((length(currency) = 3)),
  constraint kyc_tier_not_negative CHECK ((LEAST(per_transaction_minor, per_day_minor, per_month_minor, maximum_balance_minor) >= 0)),
  constraint kyc_tier_pkey PRIMARY KEY (name, currency)
);

create table limit_refusal (
  object_id uuid not null,
  kind text not null,
  limit_minor bigint not null,
  used_minor bigint not null,
  resets_at timestamp with time zone,
  constraint limit_refusal_pkey PRIMARY KEY (object_id)
);

create table merchant_settings (
  wallet_id uuid not null,
  mode text not null,
  clearing_seconds integer not null,
  minimum_minor bigint not null,
  destination text,
  updated_at timestamp with time zone not null default statement_timestamp(),
  constraint merchant_settings_clearing_bound CHECK (((clearing_seconds >= 0) AND (clearing_seconds <= 2592000))),
  constraint merchant_settings_minimum_bound CHECK ((minimum_minor >= 0)),
  constraint merchant_settings_mode_check CHECK ((mode = ANY (ARRAY['gross_immediate'::text, 'net_deferred'::text]))),
  constraint merchant_settings_pkey PRIMARY KEY (wallet_id)
);

create table merchant_terms (
  wallet_id uuid not null,
  fee_fixed_minor bigint not null,
  fee_basis_points integer not null,
  refund_fee text not null,
  dispute_fee_minor bigint not null,
  provisional_up_to_minor bigint not null,
  second_person_above_minor bigint not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  constraint merchant_terms_dispute_fee_bound CHECK (((dispute_fee_minor >= 0) AND (dispute_fee_minor <= 1000000))),
  constraint merchant_terms_fee_bound CHECK ((((fee_fixed_minor >= 0) AND (fee_fixed_minor <= 1000000)) AND ((fee_basis_points >= 0) AND (fee_basis_points <= 10000)))),
  constraint merchant_terms_pkey PRIMARY KEY (wallet_id),
  constraint merchant_terms_provisional_bound CHECK (((provisional_up_to_minor >= 0) AND (provisional_up_to_minor <= '1000000000000000'::bigint))),
  constraint merchant_terms_refund_fee_check CHECK ((refund_fee = ANY (ARRAY['kept'::text, 'proportional'::text]))),
  constraint merchant_terms_second_person_bound CHECK (((second_person_above_minor >= 0) AND (second_person_above_minor <= 50000)))
);

create table notification (
  recipient_id uuid not null,
  channel text not null,
  id uuid not null,
  template text not null,
  data jsonb not null,
  occurred_at timestamp with time zone not null,
  read_at timestamp with time zone,
  status text not null default 'delivered'::text,
  constraint notification_channel_check CHECK ((channel = ANY (ARRAY['inbox'::text, 'email'::text, 'webhook'::text]))),
  constraint notification_pkey PRIMARY KEY (recipient_id, channel, id),
  constraint notification_status_check CHECK ((status = ANY (ARRAY['delivered'::text, 'suppressed'::text])))
);

create table notification_interest (
  user_id uuid not null,
  constraint notification_interest_pkey PRIMARY KEY (user_id)
);

create table notification_preference (
  user_id uuid not null,
  template text not null,
  inbox boolean not null,
  email boolean not null,
  webhook boolean not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  constraint notification_preference_pkey PRIMARY KEY (user_id, template)
);

create table notification_profile (
  user_id uuid not null,
  email_since timestamp with time zone,
  language text not null,
  time_zone text not null,
  quiet_from smallint,
  quiet_until smallint,
  digest boolean not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  constraint notification_profile_pkey PRIMARY KEY (user_id),
  constraint notification_profile_quiet_check CHECK ((((quiet_from IS NULL) = (quiet_until IS NULL)) AND (quiet_from <> quiet_until) AND ((quiet_from >= 0) AND (quiet_from <= 1439)) AND ((quiet_until >= 0) AND (quiet_until <= 1439))))
);

create table object_change (
  object_id uuid not null,
  version integer not null,
  at timestamp with time zone not null default statement_timestamp(),
  object text not null,
  from_status text,
  to_status text not null,
  actor text not null,
  role text not null,
  reason text,
  request_id text,
  ticket_id uuid,
  details jsonb,
  constraint object_change_object_check CHECK ((object = ANY (ARRAY['payment'::text, 'top_up'::text, 'withdrawal'::text, 'refund'::text, 'dispute'::text, 'settlement'::text, 'ticket'::text, 'fraud_case'::text, 'ruleset'::text, 'wallet'::text]))),
  constraint object_change_pkey PRIMARY KEY (object_id, version),
  constraint object_change_role_check CHECK ((role = ANY (ARRAY['customer'::text, 'merchant'::text, 'analyst'::text, 'support'::text, 'operator'::text, 'admin'::text, 'service'::text, 'system'::text]))),
  constraint object_change_version_check CHECK ((version > 0))
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
  decided_at timestamp with time zone default statement_timestamp(),
  authorization_seconds integer,
  refunding_minor bigint not null default 0,
  captured_at timestamp with time zone,
  constraint payment_amount_minor_check CHECK ((amount_minor > 0)),
  constraint payment_capture_check CHECK ((capture = ANY (ARRAY['automatic'::text, 'manual'::text]))),
  constraint payment_captured_bound CHECK (((captured_minor >= 0) AND (captured_minor <= amount_minor))),
  constraint payment_disputed_minor_check CHECK ((disputed_minor >= 0)),
  constraint payment_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint payment_fee_minor_check CHECK ((fee_minor >= 0)),
  constraint payment_other_wallet CHECK (((payer_wallet_id <> payee_wallet_id) OR (status = 'failed'::text))),
  constraint payment_pkey PRIMARY KEY (id),
  constraint payment_refunded_minor_check CHECK ((refunded_minor >= 0)),
  constraint payment_refunding_not_negative CHECK ((refunding_minor >= 0)),
  constraint payment_returned_bound CHECK ((((refunded_minor + refunding_minor) + disputed_minor) <= captured_minor)),
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

create table refund (
  id uuid not null,
  payment_id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  actor_id uuid not null,
  amount_minor bigint not null,
  asked_minor bigint not null,
  fee_returned_minor bigint not null default 0,
  remaining_minor bigint,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  version integer not null,
  status text not null,
  currency text not null,
  reason text,
  failure_code text,
  to_suspense boolean not null default false,
  constraint refund_amount_minor_check CHECK ((amount_minor >= 0)),
  constraint refund_asked_minor_check CHECK ((asked_minor >= 0)),
  constraint refund_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint refund_fee_bound CHECK (((fee_returned_minor >= 0) AND (fee_returned_minor <= amount_minor))),
  constraint refund_of_something CHECK (((amount_minor > 0) OR (status = 'failed'::text))),
  constraint refund_pkey PRIMARY KEY (id),
  constraint refund_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text])))
) with (fillfactor=85);

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

create table settlement (
  id uuid not null,
  wallet_id uuid not null,
  owner_id uuid not null,
  payment_id uuid,
  window_id uuid,
  created_by uuid not null,
  approved_by uuid,
  asked_minor bigint not null default 0,
  gross_minor bigint not null,
  refunds_minor bigint not null,
  disputes_minor bigint not null,
  fees_minor bigint not null,
  carried_minor bigint not null,
  net_minor bigint not null,
  carried_in_minor bigint not null,
  carried_out_minor bigint not null,
  confirmed_minor bigint not null default 0,
  returned_minor bigint not null default 0,
  banked_minor bigint not null default 0,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  available_on timestamp with time zone,
  version integer not null,
  item_count integer not null,
  cuts bigint[] not null,
  origin text not null,
  status text not null,
  currency text not null,
  destination text,
  reference text,
  reason text,
  failure_code text,
  submitted_at timestamp with time zone,
  overpaid_minor bigint not null default 0,
  constraint settlement_adds_up CHECK ((((((gross_minor - refunds_minor) - disputes_minor) - fees_minor) + carried_minor) = net_minor)),
  constraint settlement_confirmed_minor_check CHECK ((confirmed_minor >= 0)),
  constraint settlement_net_minor_check CHECK ((net_minor >= 0)),
  constraint settlement_origin_check CHECK ((origin = ANY (ARRAY['payment'::text, 'run'::text, 'window'::text]))),
  constraint settlement_overpaid_minor_check CHECK ((overpaid_minor >= 0)),
  constraint settlement_pays_once CHECK (((confirmed_minor + returned_minor) <= net_minor)),
  constraint settlement_pkey PRIMARY KEY (id),
  constraint settlement_returned_minor_check CHECK ((returned_minor >= 0)),
  constraint settlement_status_check CHECK ((status = ANY (ARRAY['scheduled'::text, 'pending_approval'::text, 'submitted'::text, 'settled'::text, 'partially_settled'::text, 'failed'::text, 'returned'::text, 'aborted'::text])))
) with (fillfactor=85);

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
  posted_at timestamp with time zone not null,
  kind text not null,
  is_released boolean not null default false,
  constraint settlement_item_pkey PRIMARY KEY (settlement_id, transfer_id)
);

create table settlement_position (
  wallet_id uuid not null,
  carried_minor bigint not null,
  cuts bigint[] not null,
  seen_version bigint not null,
  constraint settlement_position_cuts_check CHECK ((cardinality(cuts) = 4)),
  constraint settlement_position_pkey PRIMARY KEY (wallet_id)
);

create table settlement_transfer (
  transfer_id uuid not null,
  settlement_id uuid not null,
  amount_minor bigint not null,
  kind text not null,
  constraint settlement_transfer_pkey PRIMARY KEY (transfer_id)
);

create table settlement_window (
  id uuid not null,
  opens_at timestamp with time zone not null,
  closes_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  closed_by uuid,
  built_at timestamp with time zone,
  currency text not null,
  constraint settlement_window_built CHECK (((built_at IS NULL) OR (closed_at IS NOT NULL))),
  constraint settlement_window_ends CHECK ((closes_at > opens_at)),
  constraint settlement_window_pkey PRIMARY KEY (id)
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

create table ticket (
  id uuid not null,
  requester_id uuid,
  owner_id uuid,
  merged_into_id uuid,
  follows_id uuid,
  follow_up_id uuid,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  changed_at timestamp with time zone not null,
  first_responded_at timestamp with time zone,
  resolved_at timestamp with time zone,
  deadline_at timestamp with time zone,
  next_due_at timestamp with time zone,
  first_response_spent_ms bigint not null,
  first_response_running_since timestamp with time zone,
  first_response_due_at timestamp with time zone,
  first_response_breached_at timestamp with time zone,
  update_spent_ms bigint not null,
  update_running_since timestamp with time zone,
  update_due_at timestamp with time zone,
  update_breached_at timestamp with time zone,
  resolution_spent_ms bigint not null,
  resolution_running_since timestamp with time zone,
  resolution_due_at timestamp with time zone,
  resolution_breached_at timestamp with time zone,
  version integer not null,
  messages integer not null,
  links integer not null,
  status text not null,
  opened_by text not null,
  priority text not null,
  team text not null,
  subject text not null,
  constraint ticket_clocks_run_for_us CHECK (((status = ANY (ARRAY['new'::text, 'open'::text, 'pending_internal'::text])) OR (num_nonnulls(first_response_running_since, update_running_since, resolution_running_since) = 0))),
  constraint ticket_first_response_spent_ms_check CHECK ((first_response_spent_ms >= 0)),
  constraint ticket_merged_is_closed CHECK (((merged_into_id IS NULL) OR (status = 'closed'::text))),
  constraint ticket_not_into_itself CHECK (((merged_into_id <> id) AND (follows_id <> id))),
  constraint ticket_opened_by_check CHECK ((opened_by = ANY (ARRAY['requester'::text, 'agent'::text, 'system'::text]))),
  constraint ticket_pkey PRIMARY KEY (id),
  constraint ticket_resolution_spent_ms_check CHECK ((resolution_spent_ms >= 0)),
  constraint ticket_status_check CHECK ((status = ANY (ARRAY['new'::text, 'open'::text, 'pending_customer'::text, 'pending_internal'::text, 'resolved'::text, 'closed'::text]))),
  constraint ticket_update_spent_ms_check CHECK ((update_spent_ms >= 0)),
  constraint ticket_waits_until CHECK (((deadline_at IS NOT NULL) = (status = ANY (ARRAY['pending_customer'::text, 'resolved'::text]))))
) with (fillfactor=80);

create table ticket_link (
  ticket_id uuid not null,
  kind text not null,
  object_id text not null,
  linked_at timestamp with time zone not null default statement_timestamp(),
  constraint ticket_link_pkey PRIMARY KEY (ticket_id, kind, object_id)
);

create table ticket_message (
  id uuid not null,
  ticket_id uuid not null,
  version integer not null,
  author_id uuid,
  author_role text not null,
  internal boolean not null,
  written_at timestamp with time zone not null,
  body text not null,
  constraint ticket_message_pkey PRIMARY KEY (id)
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

create table wallet_debt (
  wallet_id uuid not null,
  since timestamp with time zone not null default statement_timestamp(),
  constraint wallet_debt_pkey PRIMARY KEY (wallet_id)
);

create table webhook_delivery (
  endpoint_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  type text not null,
  body text not null,
  traceparent text,
  status text not null,
  attempts integer not null default 0,
  next_at timestamp with time zone not null default statement_timestamp(),
  occurred_at timestamp with time zone not null,
  first_tried_at timestamp with time zone,
  ended_at timestamp with time zone,
  last_status integer,
  last_error text,
  last_response text,
  constraint webhook_delivery_pkey PRIMARY KEY (endpoint_id, id),
  constraint webhook_delivery_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'delivered'::text, 'failed'::text, 'canceled'::text, 'suppressed'::text])))
) with (fillfactor=70);

create table webhook_endpoint (
  id uuid not null,
  owner_id uuid not null,
  url text not null,
  events text[] not null,
  status text not null default 'enabled'::text,
  disabled_reason text,
  sealed_secret bytea,
  previous_sealed_secret bytea,
  previous_until timestamp with time zone,
  created_at timestamp with time zone not null default statement_timestamp(),
  updated_at timestamp with time zone not null default statement_timestamp(),
  failures integer not null default 0,
  failing_since timestamp with time zone,
  resumes_at timestamp with time zone not null default statement_timestamp(),
  constraint webhook_endpoint_pkey PRIMARY KEY (id),
  constraint webhook_endpoint_reason_check CHECK ((((status = 'disabled'::text) = (disabled_reason IS NOT NULL)) AND (disabled_reason = ANY (ARRAY['gone'::text, 'failing'::text])))),
  constraint webhook_endpoint_status_check CHECK ((status = ANY (ARRAY['enabled'::text, 'disabled'::text, 'deleted'::text])))
);

create table withdrawal (
  id uuid not null,
  wallet_id uuid not null,
  owner_id uuid not null,
  amount_minor bigint not null,
  accepted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default statement_timestamp(),
  version integer not null,
  status text not null,
  currency text not null,
  destination text not null,
  reference text,
  failure_code text,
  constraint withdrawal_amount_minor_check CHECK ((amount_minor > 0)),
  constraint withdrawal_failure_named CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint withdrawal_pkey PRIMARY KEY (id),
  constraint withdrawal_status_check CHECK ((status = ANY (ARRAY['in_transit'::text, 'paid'::text, 'returned'::text, 'failed'::text])))
);

CREATE UNIQUE INDEX account_of_platform ON public.account USING btree (currency, kind) WHERE (wallet_id IS NULL);
CREATE UNIQUE INDEX account_of_wallet ON public.account USING btree (wallet_id, kind) WHERE (wallet_id IS NOT NULL);

CREATE INDEX account_status_change_of_account ON public.account_status_change USING btree (account_id, id);

CREATE INDEX action_by_time ON public.action USING brin (updated_at);

CREATE INDEX backtest_newest ON public.backtest USING btree (created_at, id);
CREATE INDEX backtest_of_hash ON public.backtest USING btree (candidate_hash) WHERE (status = 'succeeded'::text);
CREATE INDEX backtest_waiting ON public.backtest USING btree (created_at) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE INDEX bank_line_odd ON public.bank_line USING btree (imported_at DESC, id DESC) WHERE (outcome <> 'matched'::text);
CREATE INDEX bank_line_of_statement ON public.bank_line USING btree (statement_id);
CREATE UNIQUE INDEX bank_line_once ON public.bank_line USING btree (currency, bank_reference);

CREATE INDEX clearing_by_time ON public.clearing USING btree (next_at);

CREATE INDEX dispute_by_acceptance ON public.dispute USING btree (accepted_at);
CREATE INDEX dispute_by_time ON public.dispute USING brin (updated_at);
CREATE INDEX dispute_due ON public.dispute USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX dispute_of_payee ON public.dispute USING btree (payee_id, accepted_at);
CREATE INDEX dispute_of_payer ON public.dispute USING btree (payer_id, accepted_at);
CREATE INDEX dispute_of_payment ON public.dispute USING btree (payment_id);
CREATE UNIQUE INDEX dispute_open_of_payment ON public.dispute USING btree (payment_id) WHERE (status = ANY (ARRAY['opened'::text, 'answered'::text, 'needs_response'::text, 'under_review'::text, 'under_appeal'::text]));

CREATE INDEX dispute_evidence_of_dispute ON public.dispute_evidence USING btree (dispute_id, added_at);

CREATE INDEX email_deferred ON public.email USING btree (next_at, recipient_id) WHERE (status = 'deferred'::text);
CREATE INDEX email_queued ON public.email USING btree (next_at) WHERE (status = 'queued'::text);

CREATE INDEX entry_back_dated ON ONLY public.entry USING btree (account_id, effective_at) WHERE (effective_at IS NOT NULL);
CREATE INDEX entry_of_transfer ON ONLY public.entry USING brin (transfer_id, posted_at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX fraud_case_open ON public.fraud_case USING btree (due_at) WHERE (status = 'open'::text);
CREATE INDEX fraud_case_queue ON public.fraud_case USING btree (created_at, id);

CREATE INDEX fraud_case_note_of ON public.fraud_case_note USING btree (case_id, id);

CREATE INDEX fraud_list_change_of ON public.fraud_list_change USING btree (list, value, version DESC);

CREATE INDEX fraud_ruleset_in_shadow ON public.fraud_ruleset USING btree (id) WHERE (shadow_since IS NOT NULL);

CREATE INDEX hold_open_by_expiry ON public.hold USING btree (expires_at) WHERE (state = 'open'::text);
CREATE INDEX hold_open_of_account ON public.hold USING btree (account_id) WHERE (state = 'open'::text);

CREATE INDEX object_change_of_ticket ON public.object_change USING btree (ticket_id, at) WHERE (ticket_id IS NOT NULL);

CREATE INDEX oidc_record_expiry ON public.oidc_record USING btree (expires_at);
CREATE INDEX oidc_record_of_session ON public.oidc_record USING btree (session_id);

CREATE INDEX outbox_batch_by_time ON public.outbox_batch USING brin (created_at);
CREATE INDEX outbox_batch_unpublished ON public.outbox_batch USING btree (id) WHERE (published_at IS NULL);

CREATE INDEX parked_of_account ON public.parked USING btree (ordered_account_id);

CREATE INDEX payment_authorization_due ON public.payment USING btree (authorization_expires_at) WHERE (status = 'authorized'::text);
CREATE INDEX payment_by_time ON public.payment USING brin (updated_at);
CREATE INDEX payment_of_payee ON public.payment USING btree (payee_id, accepted_at);
CREATE INDEX payment_of_payer ON public.payment USING btree (payer_id, accepted_at);
CREATE INDEX payment_waiting ON public.payment USING btree (status, updated_at) WHERE (status = ANY (ARRAY['in_review'::text, 'authorized'::text]));

CREATE INDEX posting_result_by_time ON public.posting_result USING brin (answered_at) WITH (autosummarize='on');

CREATE INDEX refund_by_time ON public.refund USING brin (updated_at);
CREATE INDEX refund_of_payee ON public.refund USING btree (payee_id, accepted_at);
CREATE INDEX refund_of_payer ON public.refund USING btree (payer_id, accepted_at);
CREATE INDEX refund_of_payment ON public.refund USING btree (payment_id);
CREATE INDEX refund_waiting ON public.refund USING btree (payee_wallet_id, amount_minor) WHERE (status = 'pending'::text);
CREATE INDEX refund_waiting_since ON public.refund USING btree (accepted_at) WHERE (status = 'pending'::text);

CREATE INDEX service_client_of_user ON public.service_client USING btree (user_id);

CREATE INDEX session_of_user ON public.session USING btree (user_id);
CREATE INDEX session_revoked ON public.session USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE INDEX settlement_by_time ON public.settlement USING brin (updated_at);
CREATE INDEX settlement_of_merchant ON public.settlement USING btree (wallet_id, accepted_at DESC);
CREATE INDEX settlement_of_owner ON public.settlement USING btree (owner_id, accepted_at DESC);
CREATE UNIQUE INDEX settlement_of_payment ON public.settlement USING btree (payment_id) WHERE ((payment_id IS NOT NULL) AND (status <> 'failed'::text));
CREATE UNIQUE INDEX settlement_of_window ON public.settlement USING btree (window_id, wallet_id) WHERE (origin = 'window'::text);
CREATE UNIQUE INDEX settlement_one_waiting ON public.settlement USING btree (wallet_id) WHERE (status = 'pending_approval'::text);
CREATE INDEX settlement_recent ON public.settlement USING btree (accepted_at DESC);
CREATE INDEX settlement_waiting ON public.settlement USING btree (updated_at) WHERE (status = ANY (ARRAY['pending_approval'::text, 'submitted'::text, 'partially_settled'::text]));

CREATE INDEX settlement_item_of_payment ON public.settlement_item USING btree (payment_id) WHERE (payment_id IS NOT NULL);
CREATE UNIQUE INDEX settlement_item_once ON public.settlement_item USING btree (transfer_id, wallet_id) WHERE (NOT is_released);

CREATE INDEX settlement_transfer_of ON public.settlement_transfer USING btree (settlement_id);

CREATE INDEX settlement_window_by_time ON public.settlement_window USING btree (opens_at);
CREATE UNIQUE INDEX settlement_window_open ON public.settlement_window USING btree (currency) WHERE (closed_at IS NULL);
CREATE INDEX settlement_window_unbuilt ON public.settlement_window USING btree (closed_at) WHERE (built_at IS NULL);

CREATE INDEX ticket_by_acceptance ON public.ticket USING btree (accepted_at);
CREATE INDEX ticket_by_time ON public.ticket USING brin (updated_at);
CREATE INDEX ticket_due ON public.ticket USING btree (next_due_at) WHERE (next_due_at IS NOT NULL);
CREATE INDEX ticket_of_requester ON public.ticket USING btree (requester_id, accepted_at);
CREATE INDEX ticket_unfinished ON public.ticket USING btree (status) WHERE (status <> 'closed'::text);

CREATE INDEX ticket_link_of_object ON public.ticket_link USING btree (object_id, kind);

CREATE UNIQUE INDEX ticket_message_of_ticket ON public.ticket_message USING btree (ticket_id, version);

CREATE INDEX transfer_by_number ON public.transfer USING brin (number, posted_at) WITH (pages_per_range='32', autosummarize='on');
CREATE UNIQUE INDEX transfer_reversed_once ON public.transfer USING btree (reverses) WHERE (reverses IS NOT NULL);

CREATE INDEX wallet_of_owner ON public.wallet USING btree (owner_id, created_at, id);

CREATE INDEX webhook_delivery_queued ON public.webhook_delivery USING btree (endpoint_id, next_at) WHERE (status = 'queued'::text);

CREATE INDEX webhook_endpoint_of_owner ON public.webhook_endpoint USING btree (owner_id) WHERE (status <> 'deleted'::text);

CREATE INDEX withdrawal_by_time ON public.withdrawal USING brin (updated_at);
CREATE INDEX withdrawal_in_transit ON public.withdrawal USING btree (updated_at) WHERE (status = 'in_transit'::text);

CREATE TRIGGER account_open_clearing AFTER INSERT ON public.account FOR EACH ROW WHEN ((new.kind = 'merchant_pending'::text)) EXECUTE FUNCTION open_clearing();
CREATE TRIGGER account_status_change_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.account_status_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_block_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.chain_block FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_evidence_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.dispute_evidence FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_content_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.evidence_content FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fraud_ruleset_immutable BEFORE UPDATE OF rules, hash, name, author_id, based_on ON public.fraud_ruleset FOR EACH ROW WHEN (((old.status <> 'draft'::text) AND (((((old.rules IS DISTINCT FROM new.rules) OR (old.hash IS DISTINCT FROM new.hash)) OR (old.name IS DISTINCT FROM new.name)) OR (old.author_id IS DISTINCT FROM new.author_id)) OR (old.based_on IS DISTINCT FROM new.based_on)))) EXECUTE FUNCTION refuse_ruleset_change();
CREATE TRIGGER object_change_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.object_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_result_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.posting_result FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ticket_message_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ticket_message FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
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

create view audit.disputes as
 SELECT id AS dispute_id,
    id AS intent_id,
    payment_id,
    status AS state,
    stage,
    amount_minor,
    reserved_minor,
    credited_minor,
    awarded_minor,
    fee_minor,
    currency,
    payer_wallet_id,
    payee_wallet_id
   FROM dispute;

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

create view audit.fraud_case_notes as
 SELECT id,
    case_id,
    kind,
    author_id,
    role,
    owner_id,
    text,
    request_id,
    at
   FROM fraud_case_note;

create view audit.fraud_list_changes as
 SELECT version,
    list,
    value,
    action,
    expires_at,
    reason,
    actor_id,
    role,
    request_id,
    at
   FROM fraud_list_change;

create view public.fraud_list_entry as
 SELECT list,
    value,
    reason,
    at AS created_at,
    expires_at,
    version
   FROM ( SELECT DISTINCT ON (fraud_list_change.list, fraud_list_change.value) fraud_list_change.version,
            fraud_list_change.actor_id,
            fraud_list_change.at,
            fraud_list_change.expires_at,
            fraud_list_change.action,
            fraud_list_change.list,
            fraud_list_change.value,
            fraud_list_change.reason,
            fraud_list_change.role,
            fraud_list_change.request_id
           FROM fraud_list_change
          ORDER BY fraud_list_change.list, fraud_list_change.value, fraud_list_change.version DESC) newest
  WHERE (action = 'put'::text);

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

create view audit.refunds as
 SELECT id AS refund_id,
    id AS intent_id,
    payment_id,
    status AS state,
    amount_minor,
    fee_returned_minor,
    currency,
    payer_wallet_id,
    payee_wallet_id,
    to_suspense
   FROM refund;

create view audit.settlements as
 SELECT id AS settlement_id,
    id AS intent_id,
    wallet_id,
    payment_id,
    window_id,
    status AS state,
    gross_minor,
    refunds_minor,
    disputes_minor,
    fees_minor,
    carried_minor,
    net_minor,
    confirmed_minor,
    returned_minor,
    currency
   FROM settlement;

create view audit.tickets as
 SELECT id AS ticket_id,
    id AS intent_id,
    status AS state,
    requester_id,
    owner_id,
    team,
    priority,
    opened_by,
    merged_into_id,
    follows_id,
    first_response_breached_at,
    update_breached_at,
    resolution_breached_at
   FROM ticket;

create view audit.transfers as
 SELECT id AS transfer_id,
    kind,
    payment_id,
    intent_id,
    posted_at
   FROM transfer;

grant select on audit.accounts to auditor;
grant select on audit.decisions to auditor;
grant select on audit.disputes to auditor;
grant select on audit.entries to auditor;
grant select on audit.fraud_case_notes to auditor;
grant select on audit.fraud_list_changes to auditor;
grant select on audit.intents to auditor;
grant select on audit.outbox to auditor;
grant select on audit.payments to auditor;
grant select on audit.refunds to auditor;
grant select on audit.settlements to auditor;
grant select on audit.tickets to auditor;
grant select on audit.transfers to auditor;
