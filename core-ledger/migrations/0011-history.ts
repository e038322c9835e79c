/** Who changed what, when and why; and a user's payments by time. */
export const history = {
  name: '0011-history',
  up: `
-- A change of an object's state, written in the transaction that makes it. What happens to a
-- payment up to its first state is not here: its own row says it, once and for nothing.
create table object_change (
  object_id uuid not null,
  -- The object's, after the change.
  version int not null check (version > 0),
  at timestamptz not null default statement_timestamp(),
  object text not null check (object in ('payment', 'top_up', 'withdrawal', 'refund', 'dispute',
    'settlement', 'ticket', 'fraud_case', 'ruleset', 'wallet')),
  from_status text,
  to_status text not null,
  -- A user's id, or the part of the system that acted.
  actor text not null,
  role text not null check (role in ('customer', 'merchant', 'analyst', 'support', 'operator',
    'admin', 'service', 'system')),
  reason text,
  request_id text,
  ticket_id uuid,
  -- What else was before and is after, where the noun has more to say.
  details jsonb,
  primary key (object_id, version)
);
revoke update, delete on object_change from wallet_app;
create trigger object_change_append_only before update or delete or truncate on object_change
  for each statement execute function refuse_change();

-- When the first row was written: updated_at moves on with every change.
alter table payment add column decided_at timestamptz;
alter table payment alter column decided_at set default statement_timestamp();

-- Until now only timers changed a payment, and only once.
insert into object_change (object, object_id, version, at, from_status, to_status, actor, role,
    reason)
  select 'payment', id, version, updated_at,
    case status when 'expired' then 'authorized' else 'in_review' end, status, 'timer', 'system',
    case status when 'expired' then 'authorization_expired' else 'review_expired' end
  from payment where version > 1;

-- No more than a list needs to be in order: its ties are broken after reading.
create index payment_of_payer on payment (payer_id, accepted_at);
create index payment_of_payee on payment (payee_id, accepted_at);
`,
};
