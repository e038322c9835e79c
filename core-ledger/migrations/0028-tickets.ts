/** Conversations with customer service, what they are about, and what was done from them. */
export const tickets = {
  name: '0028-tickets',
  up: `
create table ticket (
  id uuid primary key,
  -- The customer whose ticket it is; none is ours alone.
  requester_id uuid,
  owner_id uuid,
  merged_into_id uuid,
  follows_id uuid,
  follow_up_id uuid,
  accepted_at timestamptz not null,
  updated_at timestamptz not null default statement_timestamp(),
  changed_at timestamptz not null,
  first_responded_at timestamptz,
  resolved_at timestamptz,
  -- A timer ends what the status waits for.
  deadline_at timestamptz,
  -- The next moment at which time does something to it, be it a deadline or a breach.
  next_due_at timestamptz,
  -- Clocks of service time: spent until they were stopped, since when they run, when it is over,
  -- when it was over.
  first_response_spent_ms bigint not null check (first_response_spent_ms >= 0),
  first_response_running_since timestamptz,
  first_response_due_at timestamptz,
  first_response_breached_at timestamptz,
  update_spent_ms bigint not null check (update_spent_ms >= 0),
  update_running_since timestamptz,
  update_due_at timestamptz,
  update_breached_at timestamptz,
  resolution_spent_ms bigint not null check (resolution_spent_ms >= 0),
  resolution_running_since timestamptz,
  resolution_due_at timestamptz,
  resolution_breached_at timestamptz,
  version int not null,
  messages int not null,
  links int not null,
  status text not null check (status in ('new', 'open', 'pending_customer', 'pending_internal',
    'resolved', 'closed')),
  opened_by text not null check (opened_by in ('requester', 'agent', 'system')),
  priority text not null,
  team text not null,
  subject text not null,
  constraint ticket_waits_until check
    ((deadline_at is not null) = (status in ('pending_customer', 'resolved'))),
  constraint ticket_clocks_run_for_us check (status in ('new', 'open', 'pending_internal')
    or num_nonnulls(first_response_running_since, update_running_since,
      resolution_running_since) = 0),
  constraint ticket_merged_is_closed check (merged_into_id is null or status = 'closed'),
  constraint ticket_not_into_itself check (merged_into_id <> id and follows_id <> id)
) with (fillfactor = 80);
create index ticket_due on ticket (next_due_at) where next_due_at is not null;
create index ticket_of_requester on ticket (requester_id, accepted_at);
create index ticket_by_acceptance on ticket (accepted_at);
create index ticket_unfinished on ticket (status) where status <> 'closed';
create index ticket_by_time on ticket using brin (updated_at);
revoke delete on ticket from wallet_app;

-- What was said: once written it stays.
create table ticket_message (
  id uuid primary key,
  ticket_id uuid not null,
  -- The ticket's, with which it came.
  version int not null,
  -- None: the system.
  author_id uuid,
  author_role text not null,
  -- For the staff alone.
  internal boolean not null,
  written_at timestamptz not null,
  body text not null
);
create unique index ticket_message_of_ticket on ticket_message (ticket_id, version);
create trigger ticket_message_append_only before update or delete or truncate on ticket_message
  for each statement execute function refuse_change();
revoke update, delete on ticket_message from wallet_app;

-- What a ticket is about: an object's id, or the topic of dead letters.
create table ticket_link (
  ticket_id uuid not null,
  kind text not null,
  object_id text not null,
  linked_at timestamptz not null default statement_timestamp(),
  primary key (ticket_id, kind, object_id)
);
create index ticket_link_of_object on ticket_link (object_id, kind);
revoke update, delete on ticket_link from wallet_app;

-- What members of staff did from a ticket.
create index object_change_of_ticket on object_change (ticket_id, at) where ticket_id is not null;

create view audit.tickets as
  select id as ticket_id, id as intent_id, status as state, requester_id, owner_id, team, priority,
    opened_by, merged_into_id, follows_id, first_response_breached_at, update_breached_at,
    resolution_breached_at
  from ticket;
`,
};
