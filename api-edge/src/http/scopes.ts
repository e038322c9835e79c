import type { UserRole } from '@wallet/core-ledger';

/** What a token may be good for. Each route asks for one. */
export const scopes = {
  'wallets:read': 'See own wallets and their entries',
  'wallets:write': 'Open wallets',
  'top-ups:read': 'See top-ups',
  'top-ups:write': 'Put money on a wallet',
  'wallets:control': 'Freeze, release and close wallets, set their limits',
  'wallets:audit': 'See what was decided about a wallet',
  'withdrawals:read': 'See withdrawals',
  'withdrawals:write': 'Send money of own wallets to a bank',
  'withdrawals:settle': 'Say what banks answer to withdrawals',
  'settlement-settings:read': 'See how merchants are settled',
  'settlement-settings:write': 'Set how merchants are settled',
  'merchant-terms:read': 'See fees and terms of merchants',
  'merchant-terms:write': 'Agree on fees and terms with merchants',
  'settlements:read': 'See own settlements, for operators all',
  'settlements:write': 'Ask for settlements',
  'settlements:operate': 'Approve settlements, say what banks did',
  'payments:read': 'See own payments',
  'payments:write': 'Pay',
  'disputes:read': 'See disputes of own payments, for the staff of all',
  'disputes:write': 'Dispute payments, answer disputes',
  'disputes:decide': 'Decide disputes',
  'refunds:read': 'See refunds',
  'refunds:write': 'Give money of payments back',
  'fraud:read': 'See rules, lists, cases and decisions',
  'fraud:write': 'Write rules and lists, decide cases',
  'fraud:detect': 'Try a payment on the rules',
  'notifications:read': 'Read the own inbox, choose what comes there',
  'notifications:write': 'Send messages to users',
  'webhooks:read': 'See own webhook endpoints and what went there',
  'webhooks:write': 'Register webhook endpoints, send again',
  'tickets:read': 'See own tickets, for the staff all',
  'tickets:write': 'Open tickets, write in them',
  'tickets:work': 'Give tickets an owner, link and merge them',
  session: 'End the own session',
} as const;

export type Scope = keyof typeof scopes;

const everyone: readonly Scope[] = ['session', 'notifications:read'];
const walletOwner: readonly Scope[] = [
  ...everyone,
  'wallets:read',
  'wallets:write',
  'withdrawals:read',
  'withdrawals:write',
  'payments:read',
  'payments:write',
  'refunds:read',
  'refunds:write',
  'disputes:read',
  'disputes:write',
  'webhooks:read',
  'webhooks:write',
  'tickets:read',
  'tickets:write',
];
const ofAgent: readonly Scope[] = ['tickets:read', 'tickets:write', 'tickets:work'];
const ofOperator: readonly Scope[] = [
  ...(['top-ups:read', 'top-ups:write'] as const),
  ...(['withdrawals:read', 'withdrawals:settle', 'wallets:control', 'wallets:audit'] as const),
  ...(['settlement-settings:read', 'settlement-settings:write'] as const),
  ...(['merchant-terms:read', 'merchant-terms:write'] as const),
  ...(['disputes:read', 'disputes:decide', 'notifications:write'] as const),
  ...(['settlements:read', 'settlements:write', 'settlements:operate'] as const),
];

const ofRole: Readonly<Record<UserRole, readonly Scope[]>> = {
  customer: walletOwner,
  merchant: [
    ...walletOwner,
    ...(['settlement-settings:read', 'settlements:read', 'settlements:write'] as const),
    'merchant-terms:read',
  ],
  analyst: [...everyone, 'fraud:read', 'fraud:write', 'fraud:detect'],
  support: [
    ...everyone,
    ...ofAgent,
    'refunds:read',
    'refunds:write',
    'wallets:audit',
    'disputes:read',
    'disputes:write',
  ],
  operator: [...everyone, ...ofAgent, ...ofOperator, 'refunds:read', 'refunds:write'],
  admin: everyone,
  service: [
    ...(['payments:read', 'payments:write', 'wallets:read'] as const),
    ...(['refunds:read', 'refunds:write', 'fraud:detect'] as const),
    ...(['disputes:read', 'disputes:write'] as const),
    ...(['webhooks:read', 'webhooks:write'] as const),
  ],
};

/** What merchants' back ends may do. */
export const serviceScopes = ofRole.service;

/** The scopes of a role's tokens. In the sandbox owners may top up their own wallets. */
export function scopesOf(role: UserRole, options: { sandbox: boolean }): readonly Scope[] {
  const isOwner = role === 'customer' || role === 'merchant';
  if (!options.sandbox || !isOwner) return ofRole[role];
  return [...ofRole[role], 'top-ups:read', 'top-ups:write'];
}
