/** How people want to hear of what. */
export const notificationPreferences = {
  name: '0027-notification-preferences',
  up: `
create table notification_preference (
  user_id uuid not null,
  template text not null,
  inbox boolean not null,
  email boolean not null,
  webhook boolean not null,
  updated_at timestamptz not null default statement_timestamp(),
  primary key (user_id, template)
);

-- A suppressed one is kept: the topic read again, after a change of mind, tells nobody either.
alter table notification add column status text not null default 'delivered';
alter table notification add constraint notification_status_check
  check (status in ('delivered', 'suppressed'));
`,
};
