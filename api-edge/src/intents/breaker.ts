import { monotonicMs } from '@wallet/runtime';

export type Breaker = {
  /** Runs `use`, or throws at once while the circuit is open. */
  run: <T>(use: () => Promise<T>) => Promise<T>;
};

/** Thrown in place of a try that would only waste the caller's time. */
class CircuitOpen extends Error {
  readonly retriable = true;

  constructor() {
    super('not tried: the last tries failed');
    this.name = 'CircuitOpen';
  }
}

/** Thrown when a try has taken too long; it may still have its effect. */
class TooSlow extends Error {
  readonly retriable = true;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'TooSlow';
  }
}

/**
 * After `threshold` failures in a row nothing is tried for `restMs`; then one caller tries for all.
 * A store that hangs costs a few requests their time-out, and the others nothing.
 */
export function createBreaker(options: {
  threshold: number;
  restMs: number;
  timeoutMs: number;
  /** Hears of the failure that opened the circuit. */
  onOpen?: (error: unknown) => void;
}): Breaker {
  const { threshold, restMs, timeoutMs, onOpen } = options;
  let failures = 0;
  let closedUntilMs = 0;
  const within = createTimeLimit(timeoutMs);
  return {
    async run(use) {
      if (failures >= threshold) {
        if (monotonicMs() < closedUntilMs) throw new CircuitOpen();
        closedUntilMs = monotonicMs() + restMs; // this one is the probe; the others stay out
      }
      try {
        const result = await within(use());
        failures = 0;
        return result;
      } catch (error) {
        failures += 1;
        if (failures === threshold) onOpen?.(error);
        if (failures >= threshold) closedUntilMs = monotonicMs() + restMs;
        throw error;
      }
    },
  };
}

/**
 * Gives up on work after `timeoutMs`, but never on an answer that is already here: after a stall of
 * our own the timers run before the sockets are read, so those are read once more. All work has the
 * same time, so it runs out in the order in which it began: one timer for all.
 */
function createTimeLimit(timeoutMs: number) {
  type Limited = { readonly endsAtMs: number; open: boolean; give: (error: Error) => void };
  let begun: Limited[] = [];
  let timer: NodeJS.Timeout | null = null;

  const expire = (): void => {
    timer = null;
    const nowMs = monotonicMs();
    const late = begun.filter(({ open, endsAtMs }) => open && endsAtMs <= nowMs);
    begun = begun.filter(({ open, endsAtMs }) => open && endsAtMs > nowMs);
    arm();
    if (late.length === 0) return;
    setImmediate(() =>
      setImmediate(() => {
        for (const { open, give } of late) if (open) give(new TooSlow(timeoutMs));
      }),
    );
  };
  const arm = (): void => {
    const first = begun[0];
    if (first === undefined || timer !== null) return;
    timer = setTimeout(expire, Math.max(1, Math.ceil(first.endsAtMs - monotonicMs())));
  };

  return <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const limited: Limited = { endsAtMs: monotonicMs() + timeoutMs, open: true, give: reject };
      begun.push(limited);
      arm();
      const settle =
        <Value>(next: (value: Value) => void) =>
        (value: Value): void => {
          limited.open = false;
          next(value);
        };
      work.then(settle(resolve), settle(reject));
    });
}
