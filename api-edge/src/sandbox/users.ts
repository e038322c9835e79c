import { hash } from 'node:crypto';
import type { KycTier, UserRole } from '@wallet/core-ledger';

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

/** What wallets of little known and of well known people may do; minor units. */
export const sandboxTiers: readonly KycTier[] = sandboxCurrencies.flatMap((currency) => [
  {
    ...{ name: 'basic', currency, perTransactionMinor: 15_000n, perDayMinor: 50_000n },
    ...{ perMonthMinor: 200_000n, maximumBalanceMinor: 500_000n },
  },
  {
    ...{ name: 'verified', currency, perTransactionMinor: 1_000_000n, perDayMinor: 2_500_000n },
    ...{ perMonthMinor: 25_000_000n, maximumBalanceMinor: 100_000_000n },
  },
]);

const crowds: readonly { role: UserRole; name?: string; count: number; trusted: number }[] = [
  { role: 'customer', count: 9, trusted: 6 },
  // The monitor pays as these.
  { role: 'customer', name: 'heartbeat', count: 2, trusted: 2 },
  { role: 'merchant', count: 3, trusted: 3 },
  { role: 'analyst', count: 2, trusted: 0 },
  { role: 'support', count: 1, trusted: 0 },
  { role: 'operator', count: 2, trusted: 0 },
  { role: 'admin', count: 1, trusted: 0 },
];

/** The users of the contract, with the same ids in every sandbox. */
export const sandboxUsers: readonly SandboxUser[] = crowds.flatMap(
  ({ role, name: kind = role, count, trusted }) =>
    Array.from({ length: count }, (_, index) => {
      const name = `${kind}${index + 1}`;
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
