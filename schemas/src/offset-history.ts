type Sample = { readonly atMs: number; readonly high: number };

// At one sample a second: an hour. Older ends are forgotten, and the answer becomes a lower bound.
const MOST_SAMPLES = 3_600;

/** Remembers where each log ended at which time, to turn a lag in records into a lag in time. */
export function createOffsetHistory(nowMs: () => number = () => performance.now()) {
  const samples = new Map<string, Sample[]>();

  return {
    /**
     * Adds a sample and tells how long ago the log ended at or before `next`: all that was written
     * since is not consumed yet. 0 when nothing is waiting.
     */
    behindMs(key: string, { high, next }: { high: number; next: number }): number {
      const known = samples.get(key) ?? [];
      const atMs = nowMs();
      // Only growth is worth a sample; the time kept is the last at which the log still ended
      // there.
      const last = known.at(-1);
      if (last?.high === high) known[known.length - 1] = { atMs, high };
      else known.push({ atMs, high });
      if (known.length > MOST_SAMPLES) known.shift();
      samples.set(key, known);
      if (high <= next) return 0;
      const passed = known.findLast((sample) => sample.high <= next) ?? known[0];
      return atMs - (passed?.atMs ?? atMs);
    },
  };
}
