import { badRequestNames, type BadRequestName } from './bad-requests.ts';
import { transferPrice, type Population } from './population.ts';
import { createRandom, runningSums, type Random } from './random.ts';
import { activityAt, isOpenAt } from './rhythm.ts';

/** A wallet of the population: whose, by position. */
export type WalletRef = { readonly kind: 'customer' | 'merchant'; readonly index: number };

/** What somebody wants to pay. */
export type Order = {
  readonly payer: WalletRef;
  readonly payee: WalletRef;
  readonly amountMinor: number;
  readonly capture: 'automatic' | 'manual';
  readonly description: string;
  readonly context: { readonly ip: string; readonly device_id: string };
};

/** One thing somebody does. `rank` (0 ≤ x < 1) chooses among the payments acknowledged so far. */
export type Act =
  | { kind: 'purchase' | 'transfer'; order: Order; waitSeconds: number | null }
  | { kind: 'overdraw' | 'double_click' | 'foreign_wallet'; order: Order }
  | { kind: 'bad_request'; order: Order; fault: BadRequestName }
  | { kind: 'repeat'; rank: number; waitSeconds: number | null }
  | { kind: 'altered_repeat' | 'look' | 'foreign_look' | 'ticket'; rank: number }
  | { kind: AfterKind; rank: number; share: number; final: boolean }
  | { kind: 'top_up' | 'withdrawal'; customer: number; amountMinor: number; rank: number }
  | { kind: CaseKind; rank: number; share: number }
  | { kind: 'payout'; merchant: number; share: number };

export type ActKind = Act['kind'];

/** What is done to a payment after it was made; `share` is how much of it, 0 < x ≤ 1. */
export type AfterKind = 'capture' | 'cancel' | 'refund';

/** Said against a payment by its payer; decided by staff, as `share` says: 0 < x ≤ 1. */
export type CaseKind = 'dispute' | 'decision' | 'review';

/** Of a thousand acts. Each class but plain traffic is frequent enough to prove something. */
const mix: Readonly<Record<ActKind, number>> = {
  purchase: 394,
  transfer: 200,
  repeat: 60,
  bad_request: 60,
  overdraw: 30,
  look: 30,
  altered_repeat: 20,
  foreign_wallet: 20,
  foreign_look: 10,
  refund: 50,
  capture: 22,
  cancel: 8,
  double_click: 15,
  top_up: 15,
  withdrawal: 12,
  dispute: 16,
  decision: 12,
  review: 8,
  ticket: 6,
  payout: 12,
};
const actKinds = Object.keys(mix) as ActKind[];
const actWeights = runningSums(actKinds.map((kind) => mix[kind]));

/** Far beyond what anybody owns, far below the largest amount of the contract. */
const overdrawMinor = 900_000_000_000;
/** Any payment of exactly this amount goes to review in the sandbox. */
const reviewMinor = 66_600;
const slotsPerDay = 96;

export type Behaviour = {
  /** @param dayFraction where in the day we are, 0 ≤ x < 1 */
  nextAct(dayFraction: number): Act;
};

/** What the population does, act after act: a function of the seed and the times asked for. */
export function createBehaviour(population: Population, seed: number): Behaviour {
  const random = createRandom(seed);
  const slots = new Map<number, number[]>();

  const activePayer = (hour: number): number => {
    const slot = Math.floor((hour / 24) * slotsPerDay);
    let weights = slots.get(slot);
    if (weights === undefined) {
      const at = (slot * 24) / slotsPerDay;
      weights = runningSums(
        population.customers.map(({ rhythm, zeal }) => zeal * activityAt(rhythm, at)),
      );
      slots.set(slot, weights);
    }
    return random.weighted(weights);
  };

  return {
    nextAct(dayFraction) {
      const hour = dayFraction * 24;
      const kind = actKinds[random.weighted(actWeights)] ?? 'purchase';
      const payer = activePayer(hour);
      const rank = random.next();
      const waitSeconds = random.chance(0.05) ? random.integer(1, 10) : null;
      const bought = (): Order => purchaseOf(population, random, payer, hour);
      switch (kind) {
        case 'purchase':
          return { kind, order: bought(), waitSeconds };
        case 'transfer':
          return { kind, order: transferOf(population, random, payer), waitSeconds };
        case 'overdraw':
          return { kind, order: { ...bought(), amountMinor: overdrawMinor, capture: 'automatic' } };
        case 'double_click':
        case 'foreign_wallet':
          return { kind, order: bought() };
        case 'bad_request':
          return { kind, order: bought(), fault: random.pick(badRequestNames) };
        case 'repeat':
          return { kind, rank, waitSeconds };
        case 'altered_repeat':
        case 'look':
        case 'foreign_look':
        case 'ticket':
          return { kind, rank };
        case 'refund':
        case 'capture':
        case 'cancel':
          return { kind, rank, share: shareOf(random), final: random.chance(0.3) };
        case 'dispute':
        case 'decision':
        case 'review':
          return { kind, rank, share: shareOf(random) };
        case 'payout': {
          const merchant = random.integer(0, population.merchants.length - 1);
          return { kind, merchant, share: random.next() };
        }
        case 'top_up':
        case 'withdrawal':
          return { kind, customer: payer, rank, amountMinor: priceOf(random, 20_000, 0.5) };
      }
    },
  };
}

function purchaseOf(population: Population, random: Random, payer: number, hour: number): Order {
  const shops = customerOf(population, payer).shops;
  const open = shops.filter((shop) => isOpenAt(merchantOf(population, shop).trade, hour));
  const index = favourite(random, open.length > 0 ? open : shops);
  const { trade, medianMinor } = merchantOf(population, index);
  const amountMinor = random.chance(0.01)
    ? reviewMinor
    : priceOf(random, medianMinor, trade.spread);
  return orderOf(population, random, payer, { kind: 'merchant', index }, amountMinor, trade.name);
}

function transferOf(population: Population, random: Random, payer: number): Order {
  const index = favourite(random, customerOf(population, payer).friends);
  const amountMinor = priceOf(random, transferPrice.medianMinor, transferPrice.spread);
  return orderOf(population, random, payer, { kind: 'customer', index }, amountMinor, 'my share');
}

function orderOf(
  population: Population,
  random: Random,
  payer: number,
  payee: WalletRef,
  amountMinor: number,
  description: string,
): Order {
  const { device, address } = customerOf(population, payer);
  return {
    payer: { kind: 'customer', index: payer },
    payee,
    amountMinor,
    capture: random.chance(0.06) ? 'manual' : 'automatic',
    description,
    context: { ip: address, device_id: device },
  };
}

/** The whole or a part. */
function shareOf(random: Random): number {
  return random.chance(0.4) ? 1 : (random.integer(1, 9) ?? 5) / 10;
}

/** The first of the list is taken half the time, the second a quarter, and so on. */
function favourite(random: Random, list: readonly number[]): number {
  for (const item of list) if (random.chance(0.5)) return item;
  return random.pick(list);
}

function priceOf(random: Random, medianMinor: number, spread: number): number {
  return Math.max(1, Math.round(random.logNormal(medianMinor, spread)));
}

function customerOf(population: Population, index: number): Population['customers'][number] {
  const customer = population.customers[index];
  if (customer === undefined) throw new Error(`there is no customer ${index}`);
  return customer;
}

function merchantOf(population: Population, index: number): Population['merchants'][number] {
  const merchant = population.merchants[index];
  if (merchant === undefined) throw new Error(`there is no merchant ${index}`);
  return merchant;
}
