import { hash } from 'node:crypto';
import type { UserRole } from '@wallet/core-ledger';

export type SandboxUser = {
  id: string;
  email: string;
  name: string;
  role: UserRole;
  /** In list `trusted`: only hard blocks and the rule "sandbox review" stop this user. */
  trusted: boolean;
};

/** Everyone's password in the sandbox; the contract names it. */
export const sandboxPassword = 'sandbox-Password-1';
export const sandboxCurrencies = ['USD', 'EUR'] as const;
/** What each wallet of a customer holds at first: 1,000.00. */
export const openingBalanceMinor = 100_000n;

const crowds: readonly { role: UserRole; count: number; trusted: number }[] = [
  { role: 'customer', count: 9, trusted: 6 },
  { role: 'merchant', count: 3, trusted: 3 },
  { role: 'analyst', count: 2, trusted: 0 },
  { role: 'support', count: 1, trusted: 0 },
  { role: 'operator', count: 2, trusted: 0 },
  { role: 'admin', count: 1, trusted: 0 },
];

/** The users of the contract, with the same ids in every sandbox. */
export const sandboxUsers: readonly SandboxUser[] = crowds.flatMap(({ role, count, trusted }) =>
  Array.from({ length: count }, (_, index) => {
    const name = `${role}${index + 1}`;
    const email = `${name}@wallet.test`;
    return { id: sandboxId(email), email, name, role, trusted: index < trusted };
  }),
);

/** A uuid v8 that is the same wherever it is made from the same words. */
export function sandboxId(words: string): string {
  const digest = hash('sha256', `wallet sandbox|${words}`, 'hex');
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(12, 15)}`,
    `8${digest.slice(15, 18)}`,
    digest.slice(18, 30),
  ].join('-');
}
