/** Rule sets, their publications, and lists that remember: what analysts change by themselves. */
export const fraudDesk = {
  name: '0019-fraud-desk',
  up: `
-- A text and its way through approval. What was once shown to others never changes again.
create table fraud_ruleset (
  id uuid primary key,
  author_id uuid,
  based_on uuid references fraud_ruleset,
  approved_by uuid,
  created_at timestamptz not null default statement_timestamp(),
  updated_at timestamptz not null default statement_timestamp(),
  -- Since when it runs beside the live set; null while it does not.
  shadow_since timestamptz,
  -- Rises with each change; the sum over all sets tells a process whether there is anything new.
  version int not null default 1,
  status text not null default 'draft' check (status in ('draft', 'shadow', 'submitted', 'approved',
    'live', 'retired')),
  name text not null check (length(name) between 1 and 100),
  hash text not null,
  rules text not null,
  constraint fraud_ruleset_second_person check (approved_by <> author_id)
);
create index fraud_ruleset_in_shadow on fraud_ruleset (id) where shadow_since is not null;

create function refuse_ruleset_change() returns trigger language plpgsql as $$ begin
  raise exception 'a rule set that has left its draft never changes';
end $$;
create trigger fraud_ruleset_immutable before update of rules, hash, name, author_id, based_on
  on fraud_ruleset for each row
  when (old.status <> 'draft' and (old.rules, old.hash, old.name, old.author_id, old.based_on)
    is distinct from (new.rules, new.hash, new.name, new.author_id, new.based_on))
  execute function refuse_ruleset_change();

-- The text behind every hash that a decision may carry, also of engines that hash otherwise.
create table fraud_ruleset_text (
  hash text primary key,
  rules text not null,
  first_used_at timestamptz not null default statement_timestamp()
);

-- The newest row is in force. What lies under it is where a roll back goes.
create table fraud_publication (
  id bigint generated always as identity primary key,
  under bigint references fraud_publication,
  ruleset_id uuid not null references fraud_ruleset,
  -- Decides the payments that the rollout leaves out.
  rest_id uuid references fraud_ruleset,
  published_by uuid,
  published_at timestamptz not null default statement_timestamp(),
  percent int not null check (percent between 1 and 100),
  kind text not null check (kind in ('publish', 'rollback')),
  constraint fraud_publication_rest check ((percent = 100) = (rest_id is null))
);

create table fraud_list (
  name text primary key check (name ~ '^[a-z][a-z0-9_]{0,63}$'),
  created_by uuid,
  created_at timestamptz not null default statement_timestamp(),
  description text not null
);
-- Every change of every list, in the order of commit and without a gap: version n is the state
-- after n changes, whenever one asks.
create table fraud_list_change (
  version bigint primary key,
  actor_id uuid,
  at timestamptz not null default statement_timestamp(),
  expires_at timestamptz,
  action text not null check (action in ('put', 'remove')),
  list text not null references fraud_list,
  value text not null check (length(value) between 1 and 200),
  reason text not null,
  role text not null,
  request_id text
);
create index fraud_list_change_of on fraud_list_change (list, value, version desc);

insert into fraud_list (name, description) values
  ('trusted', 'lifts the rules of the shipped set but hard blocks'),
  ('blocked', 'parties that no rule set of ours lets pay or be paid');
insert into fraud_list (name, description)
  select distinct list, 'from before lists were kept' from fraud_list_entry on conflict do nothing;
insert into fraud_list_change (version, at, expires_at, action, list, value, reason, role)
  select row_number() over (order by created_at, list, value), created_at, expires_at, 'put', list,
    value, reason, 'system'
  from fraud_list_entry;
drop table fraud_list_entry;
-- The entries as they are now; also for processes of the version before, which read it.
create view fraud_list_entry as
  select list, value, reason, at as created_at, expires_at, version
  from (select distinct on (list, value) * from fraud_list_change
    order by list, value, version desc) newest
  where action = 'put';

revoke update, delete on fraud_ruleset_text, fraud_publication, fraud_list_change from wallet_app;
revoke delete on fraud_ruleset, fraud_list from wallet_app;

create view audit.fraud_list_changes as
  select version, list, value, action, expires_at, reason, actor_id, role, request_id, at
  from fraud_list_change;
grant select on audit.fraud_list_changes to auditor;
`,
};
