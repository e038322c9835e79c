import { createRandom, runningSums, type Random } from './random.ts';
import { customerRhythms, type RhythmName } from './rhythm.ts';

/** Someone who pays. Numbers of customers and merchants are positions in the population. */
export type Customer = {
  readonly rhythm: RhythmName;
  /** How often this one acts, compared with the others. */
  readonly zeal: number;
  /** Visited again and again; the first is the favourite. */
  readonly friends: readonly number[];
  readonly shops: readonly number[];
  /** Some never have enough. */
  readonly short: boolean;
  readonly device: string;
  readonly address: string;
};

export type Trade = {
  readonly name: string;
  /** Minor units: half of all prices lie below. */
  readonly medianMinor: number;
  readonly spread: number;
  readonly opensAtHour: number;
  readonly closesAtHour: number;
  readonly share: number;
};

export type Merchant = { readonly trade: Trade; readonly medianMinor: number };

export type Population = {
  readonly customers: readonly Customer[];
  readonly merchants: readonly Merchant[];
};

/** Prices and hours by common sense: what matters is that they differ and overlap. */
const trades: readonly Trade[] = [
  { name: 'coffee', medianMinor: 420, spread: 0.3, opensAtHour: 6, closesAtHour: 18, share: 5 },
  {
    name: 'groceries',
    medianMinor: 3_100,
    spread: 0.7,
    opensAtHour: 7,
    closesAtHour: 22,
    share: 6,
  },
  {
    name: 'restaurant',
    medianMinor: 4_600,
    spread: 0.5,
    opensAtHour: 11,
    closesAtHour: 23,
    share: 3,
  },
  { name: 'transport', medianMinor: 290, spread: 0.2, opensAtHour: 0, closesAtHour: 24, share: 4 },
  { name: 'books', medianMinor: 1_850, spread: 0.5, opensAtHour: 9, closesAtHour: 20, share: 2 },
  {
    name: 'electronics',
    medianMinor: 13_900,
    spread: 0.9,
    opensAtHour: 9,
    closesAtHour: 21,
    share: 1,
  },
  { name: 'games', medianMinor: 990, spread: 0.8, opensAtHour: 0, closesAtHour: 24, share: 2 },
];

/** Friends send what they owe each other. */
export const transferPrice = { medianMinor: 2_400, spread: 0.9 } as const;

/** @returns the same people and shops for the same seed and sizes */
export function planPopulation(
  seed: number,
  sizes: { customers: number; merchants: number },
): Population {
  const random = createRandom(seed ^ 0x5eed);
  const merchants = Array.from({ length: sizes.merchants }, (_, index) =>
    planMerchant(random, index),
  );
  const shopPull = runningSums(merchants.map((merchant) => merchant.trade.share));
  const customers = Array.from({ length: sizes.customers }, (_, index) =>
    planCustomer(random, index, sizes.customers, shopPull),
  );
  return { customers, merchants };
}

function planMerchant(random: Random, index: number): Merchant {
  // The first of them cover each trade once, so that even a small town has its grocer.
  const trade = trades[index] ?? random.pick(trades);
  return { trade, medianMinor: Math.round(random.logNormal(trade.medianMinor, 0.15)) };
}

function planCustomer(
  random: Random,
  index: number,
  customers: number,
  shopPull: readonly number[],
): Customer {
  const friends = new Set<number>();
  const friendCount = Math.min(customers - 1, random.integer(2, 6));
  while (friends.size < friendCount) {
    const friend = random.integer(0, customers - 1);
    if (friend !== index) friends.add(friend);
  }
  const shops = new Set<number>();
  const shopCount = Math.min(shopPull.length, random.integer(2, 5));
  while (shops.size < shopCount) shops.add(random.weighted(shopPull));
  return {
    rhythm: random.pick(customerRhythms),
    zeal: random.logNormal(1, 0.6),
    friends: [...friends],
    shops: [...shops],
    short: random.chance(0.08),
    device: `device-${random.integer(1, 1e9).toString(36)}`,
    address: `10.${random.integer(0, 255)}.${random.integer(0, 255)}.${random.integer(1, 254)}`,
  };
}
