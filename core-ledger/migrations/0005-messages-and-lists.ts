/** The in-app inbox and the lists that fraud rules read. */
export const messagesAndLists = {
  name: '0005-messages-and-lists',
  up: `
-- One row per event, recipient and channel: a replayed topic sends nothing again. Ids begin with
-- the event's time, so newest first is the primary key backwards.
create table notification (
  recipient_id uuid not null,
  channel text not null check (channel in ('inbox', 'email', 'webhook')),
  id uuid not null,
  template text not null,
  data jsonb not null,
  occurred_at timestamptz not null,
  read_at timestamptz,
  primary key (recipient_id, channel, id)
);

create table fraud_list_entry (
  list text not null,
  value text not null,
  reason text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  primary key (list, value)
);
`,
};
