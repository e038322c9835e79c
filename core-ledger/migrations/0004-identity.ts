/** Users and their sessions. Names and e-mail live here alone. */
export const identity = {
  name: '0004-identity',
  up: `
create table app_user (
  id uuid primary key,
  email text not null,
  password_hash text not null,
  name text not null,
  role text not null check (role in ('customer', 'merchant', 'analyst', 'support', 'operator',
    'admin', 'service')),
  created_at timestamptz not null default now()
);
create unique index app_user_email on app_user (lower(email));

-- A session ends by logout or by time; its tokens carry its id.
create table session (
  id uuid primary key,
  user_id uuid not null references app_user (id),
  refresh_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index session_of_user on session (user_id);
`,
};
