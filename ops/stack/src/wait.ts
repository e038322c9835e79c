/** Resolves after the given time. */
export const pause = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));

/**
 * Asks until the answer is yes.
 * @param question resolves false for "not yet"; a throw ends the wait
 * @returns true, or false when the time is over
 */
export const waitUntil = async (
  question: () => Promise<boolean>,
  { withinMs, everyMs = 25 }: { withinMs: number; everyMs?: number },
): Promise<boolean> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (await question()) return true;
    if (performance.now() >= deadline) return false;
    await pause(everyMs);
  }
};
