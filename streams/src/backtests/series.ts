/**
 * Counts and sums of one series (the payments of an entity, or its outcomes of one kind) in memory:
 * what velocity-buckets.lua keeps in Redis, by the same buckets, so that the windows are the same.
 */
export type Series = {
  /** For each size, smallest first: index, count and sum of its filled buckets, oldest first. */
  readonly buckets: readonly number[][];
};

/** Length of a bucket, the greatest ages its windows reach, and how many are kept. */
const sizes = [
  { bucketMs: 100_000, near: 3, far: 3, kept: 8 },
  { bucketMs: 300_000, near: 12, far: 12, kept: 16 },
  { bucketMs: 3_600_000, near: 24, far: 24, kept: 28 },
  { bucketMs: 86_400_000, near: 7, far: 30, kept: 32 },
] as const;

/** Above it a sum is no longer exact; it is cut off there. */
const largestSum = 2 ** 52 - 1;

export function createSeries(): Series {
  return { buckets: sizes.map(() => []) };
}

/** Late items go into their own bucket while it is kept. */
export function addToSeries({ buckets }: Series, atMs: number, amountMinor: number): void {
  for (let size = 0; size < sizes.length; size += 1) {
    const { bucketMs, kept } = sizes[size] as (typeof sizes)[number];
    addToBucket(buckets[size] as number[], Math.floor(atMs / bucketMs), amountMinor, kept);
  }
}

function addToBucket(list: number[], index: number, amountMinor: number, kept: number): void {
  let end = list.length;
  const newest = end === 0 ? -Infinity : (list[end - 3] as number);
  if (index > newest) {
    let old = 0;
    while (old < end && (list[old] as number) <= index - kept) old += 3;
    if (old > 0) list.splice(0, old);
    list.push(index, 1, amountMinor);
    return;
  }
  if (index <= newest - kept) return;
  while (end > 0 && (list[end - 3] as number) > index) end -= 3;
  if (end > 0 && list[end - 3] === index) {
    list[end - 2] = (list[end - 2] as number) + 1;
    list[end - 1] = (list[end - 1] as number) + amountMinor;
  } else {
    list.splice(end, 0, index, 1, amountMinor);
  }
}

/** Writes count and sum of the windows 5m 1h 24h 7d 30d at a time: ten numbers. */
export function readSeries({ buckets }: Series, atMs: number, into: Float64Array): void {
  for (let size = 0; size < sizes.length; size += 1) {
    const { bucketMs, near, far } = sizes[size] as (typeof sizes)[number];
    const list = buckets[size] as number[];
    const index = Math.floor(atMs / bucketMs);
    let [count, sum, farCount, farSum] = [0, 0, 0, 0];
    for (let at = list.length - 3; at >= 0; at -= 3) {
      const age = index - (list[at] as number);
      if (age > far) break;
      if (age < 0) continue;
      farCount += list[at + 1] as number;
      farSum += list[at + 2] as number;
      if (age > near) continue;
      count = farCount;
      sum = farSum;
    }
    into[2 * size] = count;
    into[2 * size + 1] = Math.min(sum, largestSum);
    if (size < sizes.length - 1) continue;
    into[2 * size + 2] = farCount;
    into[2 * size + 3] = Math.min(farSum, largestSum);
  }
}
