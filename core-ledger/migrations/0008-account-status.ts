/** Who froze, released or closed an account, and why. */
export const accountStatus = {
  name: '0008-account-status',
  up: `
create table account_status_change (
  id bigint generated always as identity primary key,
  account_id bigint not null,
  from_status text not null,
  to_status text not null,
  actor text not null,
  reason text not null,
  changed_at timestamptz not null default statement_timestamp()
);
create index account_status_change_of_account on account_status_change (account_id, id);
create trigger account_status_change_append_only
  before update or delete or truncate on account_status_change
  for each statement execute function refuse_change();
revoke update, delete on account_status_change from wallet_app;
`,
};
