import type { UserRole } from '@wallet/core-ledger';

/** What a token may be good for. Each route asks for one. */
export const scopes = {
  'wallets:read': 'See own wallets and their entries',
  'wallets:write': 'Open wallets',
  'top-ups:read': 'See top-ups',
  'top-ups:write': 'Put money on a wallet',
  'payments:read': 'See own payments',
  'payments:write': 'Pay',
  'notifications:read': 'Read the own inbox',
  session: 'End the own session',
} as const;

export type Scope = keyof typeof scopes;

const everyone: readonly Scope[] = ['session', 'notifications:read'];
const walletOwner: readonly Scope[] = [
  ...everyone,
  'wallets:read',
  'wallets:write',
  'payments:read',
  'payments:write',
];
const sandboxOwner: readonly Scope[] = [...walletOwner, 'top-ups:read', 'top-ups:write'];

const ofRole: Readonly<Record<UserRole, readonly Scope[]>> = {
  customer: walletOwner,
  merchant: walletOwner,
  analyst: everyone,
  support: everyone,
  operator: [...everyone, 'top-ups:read', 'top-ups:write'],
  admin: everyone,
  service: ['payments:read', 'payments:write', 'wallets:read'],
};

/** What merchants' back ends may do. */
export const serviceScopes = ofRole.service;

/** The scopes of a role's tokens. In the sandbox owners may top up their own wallets. */
export function scopesOf(role: UserRole, options: { sandbox: boolean }): readonly Scope[] {
  return options.sandbox && (role === 'customer' || role === 'merchant')
    ? sandboxOwner
    : ofRole[role];
}
