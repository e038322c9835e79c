/** Personal data apart and sealed; what the identity service keeps. */
export const identityService = {
  name: '0009-identity-service',
  up: `
-- Rows of before are sealed by a step after this one (see src/users/people.ts), because only the
-- processes have the master key. Nothing of this version writes these columns.
alter table app_user alter column email drop not null, alter column name drop not null;

-- All that is known of a person: e-mail address and name, under a key of the subject's own.
create table person (
  subject_id uuid primary key references app_user (id),
  -- HMAC-SHA-256 of the address in lower case, to find it by; null once erased.
  email_mac bytea constraint person_email_mac unique,
  sealed bytea not null,
  erased_at timestamptz
);
-- The keys, wrapped by the master key. Apart, so that copies of them may be kept for less time:
-- to delete the key is to erase the person in every copy of the other table.
create table person_key (
  subject_id uuid primary key references person (subject_id),
  wrapped bytea not null
);
revoke update, delete on person, person_key from wallet_app;

-- Keys that sign access tokens; the private part is sealed by the master key. The newest one whose
-- time has come signs. A key is known to the verifiers before it signs and until its tokens end.
create table signing_key (
  id text primary key,
  public_jwk jsonb not null,
  sealed_private bytea not null,
  signs_from timestamptz not null,
  created_at timestamptz not null default now()
);
-- Somebody wants a new key; the service makes it, because only it has the master key.
create table signing_key_request (
  id bigint generated always as identity primary key,
  requested_at timestamptz not null default now()
);

-- A back end that acts for a user. Its tokens belong to the session of the same id, which ends when
-- the client is revoked.
create table service_client (
  id uuid primary key references session (id),
  user_id uuid not null references app_user (id),
  secret_hash bytea not null,
  -- The secret of before, good for a while after a change.
  previous_hash bytea,
  previous_until timestamptz,
  created_at timestamptz not null default now()
);
create index service_client_of_user on service_client (user_id);

-- What the OpenID provider keeps: grants and refresh tokens. The id is the SHA-256 of the token, so
-- that a copy of the table makes no token. A grant has the id of its session and ends with it.
create table oidc_record (
  model text not null,
  id bytea not null,
  session_id uuid references session (id),
  payload jsonb not null,
  consumed_at timestamptz,
  expires_at timestamptz not null,
  primary key (model, id)
);
create index oidc_record_of_session on oidc_record (session_id);
create index oidc_record_expiry on oidc_record (expires_at);
`,
};
