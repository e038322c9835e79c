/** Notifications by e-mail, for those who asked for them. */
export const emails = {
  name: '0033-emails',
  up: `
create table notification_profile (
  user_id uuid primary key,
  -- Since when they go out by e-mail; null: they do not.
  email_since timestamptz,
  language text not null,
  time_zone text not null,
  -- Minutes of the day in that zone. From later than until: over midnight.
  quiet_from smallint,
  quiet_until smallint,
  digest boolean not null,
  updated_at timestamptz not null default statement_timestamp(),
  constraint notification_profile_quiet_check check (
    (quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until
      and quiet_from between 0 and 1439 and quiet_until between 0 and 1439)
);

-- One look tells of most users that nothing but their inbox concerns them.
create table notification_interest (user_id uuid primary key);
insert into notification_interest (user_id)
  select owner_id from webhook_endpoint union select user_id from notification_preference;

create table email (
  recipient_id uuid not null,
  -- That of the notification, which is derived from its event: a replayed topic finds it.
  id uuid not null,
  template text not null,
  -- Of the template: what was said when it happened is what is sent.
  version smallint not null,
  data text not null,
  occurred_at timestamptz not null,
  -- deferred: waits for the one message a day that tells of all that was held back.
  status text not null,
  attempts int not null default 0,
  -- Of a queued or deferred one. While somebody sends it this is when it is taken for lost.
  next_at timestamptz not null,
  ended_at timestamptz,
  last_error text,
  primary key (recipient_id, id),
  constraint email_status_check
    check (status in ('queued', 'deferred', 'sent', 'failed', 'suppressed'))
) with (fillfactor = 70);
create index email_queued on email (next_at) where status = 'queued';
create index email_deferred on email (next_at, recipient_id) where status = 'deferred';
revoke delete on email, notification_profile, notification_interest from wallet_app;
`,
};
