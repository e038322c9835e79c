/** What a person or a program may be; decides the scopes of its tokens. */
export const userRoles = [
  'customer',
  'merchant',
  'analyst',
  'support',
  'operator',
  'admin',
  'service',
] as const;

export type UserRole = (typeof userRoles)[number];

/** No user: what the system does by itself, and the owner of what is the house's own. */
export const nobody = '00000000-0000-0000-0000-000000000000';

/** Someone who can log in; an opaque id everywhere but in the table of persons. */
export type User = {
  id: string;
  role: UserRole;
  /** An encoded argon2id hash with its salt and parameters. */
  passwordHash: string;
};

/** Someone who registers. */
export type NewUser = User & {
  email: string;
  name: string;
};
