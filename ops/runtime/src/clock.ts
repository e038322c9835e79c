/** Wall time in milliseconds since 1970. Injected wherever time decides something. */
export type Clock = { nowMs(): number };

/** The machine's wall clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds that never run backwards; for durations, never for dates. */
export function monotonicMs(): number {
  return performance.now();
}
