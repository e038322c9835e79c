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

/** Someone who can log in. */
export type User = {
  id: string;
  /** Lower case. */
  email: string;
  name: string;
  role: UserRole;
  /** An encoded argon2id hash with its salt and parameters. */
  passwordHash: string;
};
