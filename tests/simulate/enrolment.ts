import { randomBytes } from 'node:crypto';
import { unwrap, type components, type WalletClient } from '@wallet/api-client';
import type { WalletRef } from './behaviour.ts';
import { eachAtMost } from './concurrency.ts';
import type { Population } from './population.ts';
import { LoginRefused, type Owner, type Sessions } from './sessions.ts';

/** A wallet of the population as it exists now. */
export type Enrolled = {
  readonly walletId: string;
  readonly owner: Owner;
};

export type Town = {
  enrolledOf(ref: WalletRef): Enrolled;
  readonly everybody: readonly (Enrolled & { kind: WalletRef['kind'] })[];
};

type Deps = { api: WalletClient; sessions: Sessions; run: string; currency: Currency };
type Currency = components['schemas']['Currency'];

/** The edge hashes two passwords at a time: more callers would only wait. */
const atOnce = 4;
const sandboxPassword = 'sandbox-Password-1';
/** Trusted by the default rule set: their many payments are no velocity alarm. */
const regulars = {
  customer: ['customer1', 'customer2', 'customer3', 'customer4', 'customer5', 'customer6'],
  merchant: ['merchant1', 'merchant2', 'merchant3'],
} as const;
/** Every so many of the population are newcomers who register and stand under all fraud rules. */
const newcomerEvery = { customer: 4, merchant: 2 } as const;

/**
 * Gives every customer and merchant of the plan a wallet of this run alone, through HTTP: newcomers
 * register; where the sandbox's users exist, the others are new wallets of theirs.
 * @throws when the edge refuses what it must not refuse
 */
export async function enrol(population: Population, deps: Deps): Promise<Town> {
  const sandbox = {
    customer: await findRegulars('customer', deps),
    merchant: await findRegulars('merchant', deps),
  };
  const settle = async (kind: WalletRef['kind'], index: number): Promise<Enrolled> => {
    const known = sandbox[kind];
    const regular = known[index % Math.max(1, known.length)];
    const isNewcomer = index % newcomerEvery[kind] === 0;
    return isNewcomer || regular === undefined
      ? register(kind, index, deps)
      : { walletId: await openWallet(regular, deps), owner: regular };
  };
  const customers: Enrolled[] = [];
  const merchants: Enrolled[] = [];
  const places = [
    ...population.merchants.map((_, index) => ({ kind: 'merchant', index }) as const),
    ...population.customers.map((_, index) => ({ kind: 'customer', index }) as const),
  ];
  await eachAtMost(atOnce, places, async ({ kind, index }) => {
    (kind === 'customer' ? customers : merchants)[index] = await settle(kind, index);
  });
  return {
    enrolledOf({ kind, index }) {
      const found = (kind === 'customer' ? customers : merchants)[index];
      if (found === undefined) throw new Error(`there is no ${kind} ${index}`);
      return found;
    },
    everybody: [
      ...customers.map((enrolled) => ({ ...enrolled, kind: 'customer' as const })),
      ...merchants.map((enrolled) => ({ ...enrolled, kind: 'merchant' as const })),
    ],
  };
}

/** The sandbox's users of this kind, or none where there is no sandbox. */
async function findRegulars(kind: 'customer' | 'merchant', deps: Deps): Promise<Owner[]> {
  const owners = regulars[kind].map((name) => ({
    email: `${name}@wallet.test`,
    password: sandboxPassword,
  }));
  const [first] = owners;
  if (first === undefined) return [];
  try {
    await deps.sessions.bearerOf(first);
    return owners;
  } catch (error) {
    if (error instanceof LoginRefused) return [];
    throw error;
  }
}

async function register(kind: WalletRef['kind'], index: number, deps: Deps): Promise<Enrolled> {
  const owner = {
    email: `simulated-${deps.run}-${kind}-${index}@wallet.test`,
    password: randomBytes(12).toString('base64url'),
  };
  const body = { ...owner, name: `Simulated ${kind} ${index}`, kind, currency: deps.currency };
  return { walletId: unwrap(await deps.api.POST('/register', { body })).wallet_id, owner };
}

async function openWallet(owner: Owner, deps: Deps): Promise<string> {
  const headers = { Authorization: await deps.sessions.bearerOf(owner) };
  const body = { currency: deps.currency };
  return unwrap(await deps.api.POST('/wallets', { headers, body })).id;
}
