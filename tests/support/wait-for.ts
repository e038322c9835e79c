const POLL_MS = 25;

/**
 * Waits for a condition; never for a time.
 * @param condition asked again and again; a throw ends the wait
 * @param hint what to say when the time is over: what the reader should look at
 */
export const waitFor = async (
  condition: () => boolean | Promise<boolean>,
  { withinMs, hint }: { withinMs: number; hint: () => string },
): Promise<void> => {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms. ${hint()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};
