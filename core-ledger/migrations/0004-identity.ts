/** Users and their sessions. Names and e-mail live here alone. */
export const identity = {
  name: '0004-identity',
  up: `
create table app_user (
  id uuid primary key,
  -- Lower case, as every writer and reader makes it.
  email text not null constraint app_user_email_lower check (email = lower(email)),
  password_hash text not null,
  name text not null,
  role text not null check (role in ('customer', 'merchant', 'analyst', 'support', 'operator',
    'admin', 'service')),
  created_at timestamptz not null default now()
);
create unique index app_user_email on app_user (email);

-- A session is one login and the whole family of refresh tokens that grows from it. It ends by
-- logout or by time. Only the token of the current generation is good; an older one means that
-- somebody kept a copy.
create table session (
  id uuid primary key,
  user_id uuid not null references app_user (id),
  refresh_generation int not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index session_of_user on session (user_id);
create index session_revoked on session (revoked_at) where revoked_at is not null;
`,
};
