/** What the processes may do: everything but change or remove evidence. */
export const applicationRole = {
  name: '0007-application-role',
  up: `
-- Roles belong to the whole server: another database of it may make this one at the same moment.
do $$ begin
  if not exists (select from pg_roles where rolname = 'wallet_app') then
    create role wallet_app nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
-- Sessions of the processes log in as the owner does and take the role on when they connect. One
-- who made the role may; where somebody else did, an administrator has to grant it first.
do $$ begin
  if not pg_has_role(current_user, 'wallet_app', 'set') then
    execute format('grant wallet_app to %I with inherit false, set true', current_user);
  end if;
end $$;

-- Tables of later migrations are open to reading and writing; one that is evidence takes back
-- update and delete. Nobody but the owner ever empties a table.
alter default privileges in schema public
  grant select, insert, update, delete on tables to wallet_app;
grant usage on schema public to wallet_app;
grant select, insert, update, delete on all tables in schema public to wallet_app;
grant select on sequence transfer_number_seq to wallet_app;

-- Evidence.
revoke update, delete on entry, transfer, chain_block, posting_result, decision from wallet_app;
-- Rows that stay, though their state may change.
revoke delete on account, hold, intent, payment, top_up, wallet, app_user from wallet_app;
-- What only the owner does: archive months, migrate.
revoke insert, update, delete on entry_opening, knex_migrations, knex_migrations_lock
  from wallet_app;
-- The months are written through the journal alone.
do $$
declare part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'entry'::regclass loop
    execute format('revoke insert, update, delete on %s from wallet_app', part);
  end loop;
end $$;

-- Runs as its owner, because only an owner may add a month; the month is closed like the others.
create or replace function create_entry_month(moment timestamptz) returns text language plpgsql
  security definer set search_path = public, pg_temp as $$
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
end $$;

-- Brings the block ranges of the journal up to its newest rows, for a sealer that is far behind;
-- only an owner may.
create function summarize_journal() returns void language plpgsql
  security definer set search_path = public, pg_temp as $$
declare part regclass;
begin
  perform brin_summarize_new_values('transfer_by_number');
  for part in select inhrelid::regclass from pg_inherits
    where inhparent = 'entry_of_transfer'::regclass loop
    perform brin_summarize_new_values(part);
  end loop;
end $$;
revoke execute on function create_entry_month, summarize_journal from public;
grant execute on function create_entry_month, summarize_journal to wallet_app;
`,
};
