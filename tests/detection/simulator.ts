import { createRandom, type Random } from '../simulate/random.ts';
import { drawPopulation, scale, type Customer } from './population.ts';

/**
 * The simulator of the Fraud Detection Handbook, written anew from its published description.
 * All payments of half a year in the order of their time, a column for each property.
 */
export type History = {
  readonly size: number;
  /** Seconds since the first midnight. */
  readonly seconds: Int32Array;
  readonly customer: Uint16Array;
  readonly terminal: Uint16Array;
  /** Cents. */
  readonly amountMinor: Int32Array;
  /** 0: genuine; else the number of the scenario that made it fraud. */
  readonly scenario: Uint8Array;
  /** Sum of the customers' mean payments a day: how busy the population happens to be. */
  readonly activity: number;
};

export const daySeconds = 86_400;
/** The published data begin on Sunday, 1 April 2018. */
export const firstMidnightMs = Date.UTC(2018, 3, 1);

const noonSeconds = daySeconds / 2;
const timeDeviationSeconds = 20_000;
/** Scenario 1: every payment above it is fraud. Cents. */
const largestGenuineMinor = 22_000;
/** Scenario 2: terminals taken over each day, and for how many days. */
const takenTerminals = { of: scale.terminals, aDay: 2, days: 28 } as const;
/** Scenario 3: customers whose credentials leak each day, for how many days, and what follows. */
const leakedCustomers = { of: scale.customers, aDay: 3, days: 14, share: 1 / 3, times: 5 } as const;

export const dayOf = (seconds: number): number => Math.floor(seconds / daySeconds);

/** @param seed any whole number; the same seed gives the same history */
export function simulate(seed: number): History {
  const random = createRandom(seed);
  const customers = drawPopulation(random);
  const history = inOrder(drawPayments(customers, random), customers);
  addFraud(history, random);
  return history;
}

type Drawn = { seconds: number[]; customer: number[]; terminal: number[]; amountMinor: number[] };

function drawPayments(customers: readonly Customer[], random: Random): Drawn {
  const drawn: Drawn = { seconds: [], customer: [], terminal: [], amountMinor: [] };
  customers.forEach(({ meanAmount, activity, terminals }, customer) => {
    for (let day = 0; day < scale.days; day += 1) {
      for (let left = poisson(activity, random); left > 0; left -= 1) {
        const time = Math.trunc(noonSeconds + timeDeviationSeconds * random.normal());
        // What falls on another day did not happen.
        if (time <= 0 || time >= daySeconds || terminals.length === 0) continue;
        const normal = meanAmount + (meanAmount / 2) * random.normal();
        const amount = normal < 0 ? random.next() * 2 * meanAmount : normal;
        drawn.seconds.push(day * daySeconds + time);
        drawn.customer.push(customer);
        drawn.terminal.push(terminals[Math.floor(random.next() * terminals.length)] ?? 0);
        // Nobody pays nothing; the description knows amounts of 0.00.
        drawn.amountMinor.push(Math.max(1, Math.round(amount * 100)));
      }
    }
  });
  return drawn;
}

function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}

function inOrder(drawn: Drawn, customers: readonly Customer[]): History {
  const size = drawn.seconds.length;
  // Time and position in one number: sorting plain numbers is many times faster than by a function.
  const keys = Float64Array.from(drawn.seconds, (seconds, at) => seconds * 2 ** 22 + at).sort();
  const order = Int32Array.from(keys, (key) => key % 2 ** 22);
  const column = <Column extends Int32Array | Uint16Array>(into: Column, from: number[]): Column =>
    into.map((_, at) => from[order[at] ?? 0] ?? 0) as Column;
  return {
    size,
    seconds: column(new Int32Array(size), drawn.seconds),
    customer: column(new Uint16Array(size), drawn.customer),
    terminal: column(new Uint16Array(size), drawn.terminal),
    amountMinor: column(new Int32Array(size), drawn.amountMinor),
    scenario: new Uint8Array(size),
    activity: customers.reduce((sum, { activity }) => sum + activity, 0),
  };
}

/** The three scenarios, in the order in which the description applies them. */
function addFraud(history: History, random: Random): void {
  const { amountMinor, scenario } = history;
  amountMinor.forEach((amount, at) => {
    if (amount > largestGenuineMinor) scenario[at] = 1;
  });
  const taken = paymentsOfVictims(history.terminal, history, takenTerminals, random);
  for (const at of taken.flat()) scenario[at] = 2;
  for (const payments of paymentsOfVictims(history.customer, history, leakedCustomers, random)) {
    for (let left = Math.round(payments.length * leakedCustomers.share); left > 0; left -= 1) {
      const [at = 0] = payments.splice(Math.floor(random.next() * payments.length), 1);
      amountMinor[at] = (amountMinor[at] ?? 0) * leakedCustomers.times;
      scenario[at] = 3;
    }
  }
}

/** Draws victims day by day; for each of them, the positions of its payments while it is one. */
function paymentsOfVictims(
  column: Uint16Array,
  { seconds }: History,
  { of, aDay, days }: { of: number; aDay: number; days: number },
  random: Random,
): number[][] {
  const spans = new Map<number, { firstDay: number; payments: number[] }[]>();
  for (let firstDay = 0; firstDay < scale.days; firstDay += 1) {
    const drawn = new Set<number>();
    while (drawn.size < aDay) drawn.add(random.integer(0, of - 1));
    for (const victim of drawn)
      spans.set(victim, [...(spans.get(victim) ?? []), { firstDay, payments: [] }]);
  }
  column.forEach((subject, at) => {
    for (const { firstDay, payments } of spans.get(subject) ?? []) {
      const age = dayOf(seconds[at] ?? 0) - firstDay;
      if (age >= 0 && age < days) payments.push(at);
    }
  });
  return [...spans.values()].flat().map(({ payments }) => payments);
}
