/** Money that goes back from payee to payer. */
export const refunds = {
  name: '0014-refunds',
  up: `
create table refund (
  id uuid primary key,
  payment_id uuid not null,
  payer_wallet_id uuid not null,
  payee_wallet_id uuid not null,
  payer_id uuid not null,
  payee_id uuid not null,
  -- Who asked for it.
  actor_id uuid not null,
  amount_minor bigint not null check (amount_minor >= 0),
  -- What was asked for; 0: all that may still go back.
  asked_minor bigint not null check (asked_minor >= 0),
  fee_returned_minor bigint not null default 0,
  -- What could still go back when more was asked for.
  remaining_minor bigint,
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  version int not null,
  status text not null check (status in ('pending', 'succeeded', 'failed', 'canceled')),
  currency text not null,
  reason text,
  failure_code text,
  -- The payer's wallet was closed: somebody must find out where the money belongs.
  to_suspense boolean not null default false,
  constraint refund_failure_named check ((status = 'failed') = (failure_code is not null)),
  constraint refund_of_something check (amount_minor > 0 or status = 'failed'),
  constraint refund_fee_bound check (fee_returned_minor between 0 and amount_minor)
) with (fillfactor = 85);
create index refund_of_payment on refund (payment_id);
create index refund_of_payer on refund (payer_id, accepted_at);
create index refund_of_payee on refund (payee_id, accepted_at);
create index refund_by_time on refund using brin (updated_at);
-- Those that wait for money: the least of each payee says whether any can go.
create index refund_waiting on refund (payee_wallet_id, amount_minor) where status = 'pending';
create index refund_waiting_since on refund (accepted_at) where status = 'pending';
revoke delete on refund from wallet_app;

-- Who keeps the fee of what goes back. A payee without a row keeps nothing of it back: 'kept'.
create table refund_policy (
  payee_wallet_id uuid primary key,
  fee text not null check (fee in ('kept', 'proportional'))
);

create view audit.refunds as
  select id as refund_id, id as intent_id, payment_id, status as state, amount_minor,
    fee_returned_minor, currency, payer_wallet_id, payee_wallet_id, to_suspense
  from refund;
`,
};
