import { monotonicMs } from './clock.ts';
import type { Log } from './log.ts';

type Close = () => Promise<void> | void;

export type Lifecycle = {
  /** Registers how to close what was just opened; the last opened is closed first. */
  onClose(name: string, close: Close): void;
  /**
   * Runs every closer once, last in first out, under one deadline, and resolves when done; later
   * calls return the same promise. Sets `process.exitCode` to 1 when a closer failed or was late.
   */
  shutdown(reason: string): Promise<void>;
  /** True from the first call of `shutdown`: readiness turns off while the process drains. */
  closing(): boolean;
  /** Logs, shuts down and exits 1, so that the supervisor starts a fresh process. */
  fail(reason: string, error: unknown): Promise<void>;
  /**
   * SIGTERM and SIGINT: shut down, exit 0 (1 when not clean). A second signal exits at once. An
   * error nobody caught, thrown or rejected: `fail`.
   */
  installSignals(): void;
};

/**
 * One per process. `deadlineMs` must be shorter than the supervisor's patience.
 * @param options.exit ends the process (replaced in tests)
 */
export function createLifecycle(options: {
  log: Log;
  deadlineMs: number;
  exit?: (code: number) => void;
}): Lifecycle {
  const { log, deadlineMs, exit = (code) => process.exit(code) } = options;
  const closers: { name: string; close: Close }[] = [];
  let running: Promise<boolean> | undefined;

  const run = async (reason: string): Promise<boolean> => {
    log.info({ reason }, 'shutting down');
    const endMs = monotonicMs() + deadlineMs;
    let clean = true;
    // A closer may open nothing, but one registered meanwhile (a late start) is still closed.
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      clean = (await closeWithin(closer.name, closer.close, endMs, log)) && clean;
    }
    if (!clean) process.exitCode = 1;
    log.info({ reason, clean }, 'shut down');
    return clean;
  };
  const shutdown = (reason: string): Promise<boolean> => (running ??= run(reason));
  const fail = async (reason: string, error: unknown): Promise<void> => {
    log.fatal({ err: error, reason }, 'the process cannot go on');
    await shutdown(reason);
    exit(1);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (running !== undefined) return exit(1);
    void shutdown(signal).then((clean) => exit(clean ? 0 : 1));
  };

  return {
    onClose: (name, close) => void closers.push({ name, close }),
    shutdown: async (reason) => void (await shutdown(reason)),
    closing: () => running !== undefined,
    fail,
    installSignals: () => {
      process.on('SIGTERM', onSignal);
      process.on('SIGINT', onSignal);
      process.on('uncaughtException', (error) => void fail('uncaught exception', error));
      process.on('unhandledRejection', (error) => void fail('unhandled rejection', error));
    },
  };
}

/** False when the closer failed or did not end in time; the next closer runs in either case. */
async function closeWithin(name: string, close: Close, endMs: number, log: Log): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), Math.max(0, endMs - monotonicMs()));
  });
  try {
    const outcome = await Promise.race([Promise.resolve().then(close), late]);
    if (outcome === 'late') log.error({ closer: name }, 'not closed before the deadline');
    return outcome !== 'late';
  } catch (error) {
    log.error({ closer: name, err: error }, 'closing failed');
    return false;
  } finally {
    clearTimeout(timer);
  }
}
