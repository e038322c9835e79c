import { setTimeout as pause } from 'node:timers/promises';

const everyMs = 50;

/**
 * Asks until there is something to answer with. Never a blind sleep: what is waited for has a name.
 * @param condition undefined, null and false mean "not yet"; a throw does too, and is told when
 *   time is up
 * @param what completes the sentence "waited for …"
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined | null | false>,
  what: string,
  timeoutMs: number,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  let why = '';
  for (;;) {
    try {
      const found = await condition();
      if (found !== undefined && found !== null && found !== false) return found;
      why = '';
    } catch (error) {
      why = `; at last: ${error instanceof Error ? error.message : JSON.stringify(error)}`;
    }
    if (performance.now() >= deadlineMs) break;
    await pause(everyMs);
  }
  throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}${why}`);
}
