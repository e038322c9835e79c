/**
 * Calls `fire` at a constant rate whatever becomes of the calls before: a server that stalls meets
 * the same load as one that does not.
 * @param options rate per second, duration in seconds
 * @param fire told which call this is, when it was due (`performance.now()`), and how much of the
 *   run is over (0 ≤ x < 1)
 */
export async function openLoop(
  { rate, seconds, signal }: { rate: number; seconds: number; signal: AbortSignal },
  fire: (sequence: number, dueAtMs: number, fraction: number) => void,
): Promise<void> {
  const total = Math.round(rate * seconds);
  const startedAtMs = performance.now();
  let sequence = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, ((performance.now() - startedAtMs) * rate) / 1_000);
      for (; sequence < due; sequence += 1) {
        fire(sequence, startedAtMs + (sequence * 1_000) / rate, sequence / total);
      }
      if (sequence < total && !signal.aborted) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
}

const tickMs = 2;
