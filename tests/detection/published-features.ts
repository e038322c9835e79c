import { dayOf, daySeconds, type History } from './simulator.ts';

/**
 * The fifteen features of the published baseline, for the positions asked for, a row for each.
 * Counts and means of a customer include the payment itself; what a terminal's labels say ends a
 * week before it.
 */
export type FeatureTable = {
  readonly names: readonly string[];
  /** One column for each name; a row for each position, in the order asked for. */
  readonly columns: readonly Float64Array[];
};

const windowsDays = [1, 7, 30] as const;
/** A label is known so long after its payment. */
export const labelDelayDays = 7;
const nightEndsHour = 6;

type Feature = { readonly name: string; readonly of: (at: number) => number };

export function createPublishedFeatures(history: History): (positions: Int32Array) => FeatureTable {
  const { seconds, customer, terminal, amountMinor, scenario } = history;
  const byCustomer = createTimeline(history, customer, (at) => (amountMinor[at] ?? 0) / 100);
  const byTerminal = createTimeline(history, terminal, (at) => (scenario[at] === 0 ? 0 : 1));
  const time = (at: number): number => seconds[at] ?? 0;
  const delaySeconds = labelDelayDays * daySeconds;
  const features: Feature[] = [
    { name: 'amount', of: (at) => (amountMinor[at] ?? 0) / 100 },
    // Day 0 was a Sunday.
    { name: 'weekend', of: (at) => ([0, 6].includes(dayOf(time(at)) % 7) ? 1 : 0) },
    { name: 'night', of: (at) => ((time(at) % daySeconds) / 3_600 < nightEndsHour + 1 ? 1 : 0) },
    ...windowsDays.flatMap((days): Feature[] => {
      const within = (at: number) => byCustomer(at, time(at) - days * daySeconds, time(at));
      const before = (at: number) => {
        const until = time(at) - delaySeconds;
        return byTerminal(at, until - days * daySeconds, until);
      };
      return [
        { name: `customer payments ${days}d`, of: (at) => within(at).count },
        { name: `customer mean amount ${days}d`, of: (at) => mean(within(at)) },
        { name: `terminal payments ${days}d`, of: (at) => before(at).count },
        { name: `terminal risk ${days}d`, of: (at) => mean(before(at)) },
      ];
    }),
  ];
  return (positions) => ({
    names: features.map(({ name }) => name),
    columns: features.map(({ of }) => Float64Array.from(positions, of)),
  });
}

type Within = { count: number; sum: number };
const mean = ({ count, sum }: Within): number => (count === 0 ? 0 : sum / count);

/** Answers count and sum of the payments of the same subject with `after < time <= until`. */
function createTimeline(
  { size, seconds }: History,
  subject: Uint16Array,
  value: (at: number) => number,
): (at: number, after: number, until: number) => Within {
  const times: number[][] = [];
  const sums: number[][] = [];
  for (let at = 0; at < size; at += 1) {
    const of = subject[at] ?? 0;
    const [own, running] = [(times[of] ??= []), (sums[of] ??= [0])];
    own.push(seconds[at] ?? 0);
    running.push((running.at(-1) ?? 0) + value(at));
  }
  return (at, after, until) => {
    const of = subject[at] ?? 0;
    const [own, running] = [times[of] ?? [], sums[of] ?? []];
    const [from, to] = [firstAfter(own, after), firstAfter(own, until)];
    return { count: to - from, sum: (running[to] ?? 0) - (running[from] ?? 0) };
  };
}

/** Position of the first number above `limit`. */
function firstAfter(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
