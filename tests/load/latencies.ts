/** Counts of latencies in whole milliseconds: exact quantiles in constant memory. */
export type Latencies = {
  add(ms: number): void;
  summary(): LatencySummary;
};

/** Milliseconds; `count` samples. */
export type LatencySummary = { count: number; p50: number; p95: number; p99: number; max: number };

const longestMs = 120_000;

export function createLatencies(): Latencies {
  const counts = new Uint32Array(longestMs + 1);
  let count = 0;
  let max = 0;
  const quantile = (fraction: number): number => {
    const target = Math.ceil(count * fraction);
    let seen = 0;
    for (let ms = 0; ms <= longestMs; ms += 1) {
      seen += counts[ms] ?? 0;
      if (seen >= target) return ms;
    }
    return longestMs;
  };
  return {
    add(ms) {
      const bucket = Math.min(longestMs, Math.max(0, Math.floor(ms)));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      count += 1;
      if (ms > max) max = ms;
    },
    summary: () =>
      count === 0
        ? { count: 0, p50: 0, p95: 0, p99: 0, max: 0 }
        : {
            count,
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: Math.round(max),
          },
  };
}
