/** What happens to a payment after its first state: actions on it and refunds of it. */
export const commands = {
  name: '0013-commands',
  up: `
-- The kinds are a table of the program (intents/kinds.ts); here only that it is a word.
alter table intent drop constraint intent_kind_check;
alter table intent add constraint intent_kind_word check (kind ~ '^[a-z_]{1,32}$') not valid;
alter table intent validate constraint intent_kind_word;

-- Top-ups are read by another consumer group from here on, from where the first one stood.
insert into consumer_offset (consumer_group, topic, partition, next_offset)
  select 'commands', topic, partition, next_offset from consumer_offset
  where consumer_group = 'settlement' and topic like '%wallet-intents'
  on conflict do nothing;
delete from consumer_offset
  where consumer_group = 'settlement' and topic like '%wallet-intents';

-- What became of a command that makes no object of its own. Its id is its intent's id.
create table action (
  id uuid primary key,
  -- The noun it was done to, and which one.
  object text not null,
  object_id uuid not null,
  -- What was asked for; 0 where the command has no amount, or means all there is.
  amount_minor bigint not null default 0 check (amount_minor >= 0),
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  actor_id uuid not null,
  action text not null,
  status text not null check (status in ('succeeded', 'failed')),
  failure_code text,
  constraint action_failure_named check ((status = 'failed') = (failure_code is not null))
);
create index action_by_time on action using brin (updated_at);
revoke update, delete on action from wallet_app;

-- How long an authorization of it lasts, in seconds; kept for one that begins after a review.
alter table payment add column authorization_seconds int;
-- Pending refunds. What may still go back: captured − refunded − refunding − disputed.
alter table payment add column refunding_minor bigint not null default 0;
alter table payment add constraint payment_refunding_not_negative
  check (refunding_minor >= 0) not valid;
alter table payment drop constraint payment_returned_bound;
alter table payment add constraint payment_returned_bound
  check (refunded_minor + refunding_minor + disputed_minor <= captured_minor) not valid;
alter table payment validate constraint payment_refunding_not_negative;
alter table payment validate constraint payment_returned_bound;
`,
};
