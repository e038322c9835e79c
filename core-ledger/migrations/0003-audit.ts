/** The views outside checks rely on (docs: the SQL part of the contract) and who may read them. */
export const audit = {
  name: '0003-audit',
  up: `
create schema audit;
create view audit.entries as
  select e.account_id || '-' || e.version as entry_id, e.transfer_id, e.account_id, a.currency,
    e.amount_minor, e.balance_after_minor, e.version as account_version, e.posted_at
  from entry e join account a on a.id = e.account_id;
create view audit.accounts as
  select id as account_id, owner_id, wallet_id, kind, currency, balance_minor, held_minor, version
  from account;
create view audit.transfers as
  select id as transfer_id, kind, payment_id, intent_id, posted_at from transfer;
create view audit.payments as
  select id as payment_id, id as intent_id, status as state, amount_minor, captured_minor,
    refunded_minor, disputed_minor, currency, payer_wallet_id, payee_wallet_id
  from payment;
create view audit.intents as
  select id as intent_id, kind, state, source_topic, source_partition, source_offset from intent;
create view audit.outbox as
  select o.event_id, b.topic, o.key, b.created_at, b.published_at
  from outbox o join outbox_batch b on b.id = o.batch_id;
create view audit.decisions as
  select payment_id, outcome, score, ruleset_hash, degraded, decided_at from decision;

-- Roles belong to the whole server: another database of it may make this one at the same moment.
do $$ begin
  create role auditor login;
exception when duplicate_object or unique_violation then null;
end $$;
revoke all on schema public from public;
revoke all on all tables in schema public from public, auditor;
grant usage on schema audit to auditor;
grant select on all tables in schema audit to auditor;
alter default privileges in schema audit grant select on tables to auditor;
`,
};
