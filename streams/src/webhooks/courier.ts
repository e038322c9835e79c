import { pause } from '../runner/retry.ts';
import { createWorkerLoop, type WorkerLoop } from '../runner/worker-loop.ts';
import { createFlights, type FlightDependencies } from './flights.ts';

/** How soon a new delivery is seen when nothing is under way. */
const lookMs = 250;
/** Between two turns: each costs the database some milliseconds, whatever it carries. */
const gapMs = 50;
/** So long what is under way may take to end; the rest is sent again when its lease ends. */
const farewellMs = 3_000;

/**
 * Sends what is queued, each endpoint in a lane of its own: nobody waits behind somebody else's
 * dead machine. Any number of couriers may run; what one of them had taken when it died is sent
 * again by another, under the same id.
 */
export function createCourier(deps: FlightDependencies): WorkerLoop {
  const bell = createBell();
  const flights = createFlights(deps, bell.ring);
  const loop = createWorkerLoop({
    work: 'webhooks',
    log: deps.log,
    async round(signal) {
      bell.reset();
      await flights.turn();
      await Promise.race([bell.rung(), pause(lookMs, signal)]);
      await pause(gapMs, signal);
    },
  });
  return {
    ...loop,
    async stop() {
      await loop.stop();
      const landed = new AbortController();
      const landing = flights.land().finally(() => landed.abort());
      await Promise.race([landing, pause(farewellMs, landed.signal)]);
      await flights.settle();
    },
  };
}

/** Tells a waiter that something has ended since the last reset. */
function createBell() {
  let isRung = false;
  let wake: () => void = () => undefined;
  return {
    reset(): void {
      isRung = false;
    },
    ring(): void {
      isRung = true;
      wake();
    },
    async rung(): Promise<void> {
      if (!isRung) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
