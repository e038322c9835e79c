/** The log ended at `high` in every look from the first to the last of these times. */
type Sample = { readonly firstMs: number; readonly lastMs: number; readonly high: number };

// At one sample a second: an hour. Older ends are forgotten, and the answer becomes a lower bound.
const MOST_SAMPLES = 3_600;

/** Remembers where each log ended at which time, to turn a lag in records into a lag in time. */
export function createOffsetHistory(nowMs: () => number = () => performance.now()) {
  const samples = new Map<string, Sample[]>();

  return {
    /**
     * Adds a sample and tells how long ago the log ended at `next`: all that was written since is
     * not consumed yet. Between two looks the log is taken to have grown evenly, so that a group
     * that keeps up is told to be behind by what it is and not by the time between two looks. 0
     * when nothing is waiting.
     */
    behindMs(key: string, { high, next }: { high: number; next: number }): number {
      const known = samples.get(key) ?? [];
      const atMs = nowMs();
      // Only growth is worth a sample of its own.
      const last = known.at(-1);
      if (last?.high === high) known[known.length - 1] = { ...last, lastMs: atMs };
      else known.push({ firstMs: atMs, lastMs: atMs, high });
      if (known.length > MOST_SAMPLES) known.shift();
      samples.set(key, known);
      if (high <= next) return 0;
      const index = known.findLastIndex((sample) => sample.high <= next);
      const [passed, ahead] = [known[index], known[index + 1]];
      if (passed === undefined) return atMs - (known[0]?.firstMs ?? atMs);
      if (ahead === undefined) return atMs - passed.lastMs;
      const share = (next - passed.high) / (ahead.high - passed.high);
      return atMs - (passed.lastMs + share * (ahead.firstMs - passed.lastMs));
    },
  };
}
