import { monotonicMs, type Metrics } from '@wallet/runtime';

export type OverloadLimits = {
  /** Requests being worked on; waiting clients do not count. */
  maxInFlight: number;
  /** How late the event loop may run. */
  maxLoopDelayMs: number;
};

/** A place among the requests being worked on; giving it up twice is harmless. */
export type Place = { readonly leave: () => void };

export type OverloadGuard = {
  /** A place for a request; null when it must be turned away. */
  take(): Place | null;
  close(): void;
};

/** How often the event loop is measured; its delay is known this late at most. */
const samplePeriodMs = 20;
/** The loop is as late as the middle one of so many samples: one long stall turns nobody away. */
const samples = 3;
/**
 * Places that there always are, as many as an instance at full speed fills. Saying no costs half of
 * what saying yes does: when all are turned away the loop may stay late from that alone, and nobody
 * would ever be let in again.
 */
const fewestPlaces = 256;
/** What a sample may take of the places, and gives back. */
const mostShrink = 0.5;
const growth = 1.02;

/**
 * Turns requests away before anything is read or accepted, when too many are under way: under
 * overload the queue forms here, long before Kafka's. How many are too many follows the event loop,
 * as a turn is what everybody waits for, who is turned away once, who is let in some five times:
 * while it is late, those that were taken are cut by as much as it is.
 */
export function createOverloadGuard(options: {
  limits: OverloadLimits;
  metrics: Metrics;
}): OverloadGuard {
  const { limits, metrics } = options;
  const { maxInFlight, maxLoopDelayMs } = limits;
  const floor = Math.min(maxInFlight, fewestPlaces);
  const shed = { in_flight: 0, event_loop: 0 };
  let places = maxInFlight;
  let inFlight = 0;
  /** The most places taken at a time since the last sample. */
  let taken = 0;
  let delays: readonly number[] = new Array<number>(samples).fill(0);
  let expectedMs = monotonicMs() + samplePeriodMs;
  const sampler = setInterval(() => {
    const nowMs = monotonicMs();
    delays = [...delays, nowMs - expectedMs].slice(-samples);
    expectedMs = nowMs + samplePeriodMs;
    const delayMs = delays.toSorted((one, other) => one - other)[samples >> 1] ?? 0;
    if (delayMs > maxLoopDelayMs) {
      const shrink = Math.max(mostShrink, maxLoopDelayMs / delayMs);
      places = Math.max(floor, Math.min(places, taken) * shrink);
    } else places = Math.min(maxInFlight, places * growth);
    taken = inFlight;
  }, samplePeriodMs);
  sampler.unref();
  metrics.beforeExpose(() => {
    metrics.set('wallet_http_requests_in_flight', {}, inFlight);
    for (const reason of ['in_flight', 'event_loop'] as const) {
      metrics.inc('wallet_requests_shed_total', { reason }, shed[reason]);
      shed[reason] = 0;
    }
  });

  return {
    take() {
      if (inFlight >= places) {
        shed[places < maxInFlight ? 'event_loop' : 'in_flight'] += 1;
        return null;
      }
      inFlight += 1;
      taken = Math.max(taken, inFlight);
      let held = true;
      return {
        leave() {
          if (held) inFlight -= 1;
          held = false;
        },
      };
    },
    close: () => clearInterval(sampler),
  };
}
