/** Where owners want to be told by HTTP, and what is sent there. */
export const webhooks = {
  name: '0026-webhooks',
  up: `
create table webhook_endpoint (
  id uuid primary key,
  owner_id uuid not null,
  url text not null,
  -- Types of events; '*' is every one.
  events text[] not null,
  status text not null default 'enabled',
  disabled_reason text,
  -- Under the master key, which only the identity service has; gone with the endpoint.
  sealed_secret bytea,
  -- The one before signs as well, for a while.
  previous_sealed_secret bytea,
  previous_until timestamptz,
  created_at timestamptz not null default statement_timestamp(),
  updated_at timestamptz not null default statement_timestamp(),
  -- Tries that failed since the last that succeeded, and when the first of them was.
  failures int not null default 0,
  failing_since timestamptz,
  -- Nothing is sent before this.
  resumes_at timestamptz not null default statement_timestamp(),
  constraint webhook_endpoint_status_check check (status in ('enabled', 'disabled', 'deleted')),
  constraint webhook_endpoint_reason_check check (
    (status = 'disabled') = (disabled_reason is not null)
      and disabled_reason in ('gone', 'failing'))
);
create index webhook_endpoint_of_owner on webhook_endpoint (owner_id) where status <> 'deleted';
revoke delete on webhook_endpoint from wallet_app;

create table webhook_delivery (
  endpoint_id uuid not null,
  -- Derived from event and endpoint: a replayed topic finds it. Begins with the event's time.
  id uuid not null,
  event_id uuid not null,
  type text not null,
  -- The bytes that are signed and sent, the same at every try.
  body text not null,
  traceparent text,
  status text not null,
  attempts int not null default 0,
  -- Of a queued one. While somebody sends it this is when it is taken for lost.
  next_at timestamptz not null default statement_timestamp(),
  occurred_at timestamptz not null,
  first_tried_at timestamptz,
  ended_at timestamptz,
  last_status int,
  last_error text,
  -- How the answer begins.
  last_response text,
  primary key (endpoint_id, id),
  constraint webhook_delivery_status_check
    check (status in ('queued', 'delivered', 'failed', 'canceled', 'suppressed'))
) with (fillfactor = 70);
create index webhook_delivery_queued on webhook_delivery (endpoint_id, next_at)
  where status = 'queued';
revoke delete on webhook_delivery from wallet_app;
`,
};
