/** Wakes one waiter. */
export type Bell = {
  ring(): void;
  /** Resolves after `longestMs`; once rung, or when it was rung before, after `leastMs` already. */
  wait(longestMs: number, leastMs: number): Promise<void>;
  /** Ends the wait under way and every later one at once. */
  close(): void;
};

export function createBell(): Bell {
  let rung = false;
  let closed = false;
  let wake: () => void = () => undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait(longestMs, leastMs) {
      const startedAt = performance.now();
      for (;;) {
        const endsAfterMs = rung ? leastMs : longestMs;
        const restMs = endsAfterMs - (performance.now() - startedAt);
        // A timer is no finer than a millisecond.
        if (closed || restMs < 0.5) break;
        await pause(restMs);
      }
      rung = false;
    },
    close() {
      closed = true;
      wake();
    },
  };
}
