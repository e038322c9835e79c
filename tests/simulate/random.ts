/** A seeded source of chance: the same seed gives the same run. */
export type Random = {
  /** 0 ≤ x < 1 */
  next(): number;
  /** A whole number, low ≤ x ≤ high. */
  integer(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A position, drawn in proportion to its weight; `cumulative` are running sums of weights. */
  weighted(cumulative: readonly number[]): number;
  /** Standard normal. */
  normal(): number;
  /** Half of all values lie below `median`; `spread` is the deviation of the logarithm. */
  logNormal(median: number, spread: number): number;
};

/** @param seed any whole number */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  // mulberry32: 32 bits of state are plenty for a few million draws.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    weighted(cumulative) {
      const target = next() * (cumulative.at(-1) ?? 0);
      let low = 0;
      let high = cumulative.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((cumulative[middle] ?? 0) > target) high = middle;
        else low = middle + 1;
      }
      return low;
    },
    normal,
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
  };
}

/** Running sums, as `weighted` takes them. */
export function runningSums(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => (sum += weight));
}
