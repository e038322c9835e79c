/** Ctrl-C reaches us twice (from the terminal and through npm): only a later one insists. */
const SAME_KEY_MS = 1_000;

export type StopSignals = {
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP: end everything in order. */
  stop: AbortSignal;
  /** Aborted at the next one: end everything at once. */
  force: AbortSignal;
};

/** Installs the handlers of a main. @param onStop told once, before anything ends */
export const createStopSignals = (onStop: () => void): StopSignals => {
  const stop = new AbortController();
  const force = new AbortController();
  let firstMs: number | null = null;
  const handle = (): void => {
    if (firstMs === null) {
      firstMs = performance.now();
      onStop();
      stop.abort();
    } else if (performance.now() - firstMs > SAME_KEY_MS) force.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, handle);
  return { stop: stop.signal, force: force.signal };
};

/** Lets the signals end what has just been started; to be called at once after the start. */
export const endOnSignals = (
  { stop, force }: StopSignals,
  stack: { close: () => Promise<void>; kill: () => void },
): void => {
  force.addEventListener('abort', stack.kill);
  stop.addEventListener('abort', () => void stack.close());
  if (stop.aborted) void stack.close();
};
