import { backoffMs, type Log } from '@wallet/runtime';

/** Something of the database that a process keeps in memory, never older than its pace. */
export type Followed<T> = {
  current(): T;
  close(): Promise<void>;
};

const retrying = { baseMs: 100, maxMs: 2_000 };

/**
 * Loads once (trying until it succeeds or `signal` fires), then again and again. When the database
 * is away the last good state stays in force.
 * @param load gets what it gave last and may give it again; null at first
 */
export async function follow<T>(options: {
  what: string;
  everyMs: number;
  load: (previous: T | null) => Promise<T>;
  log: Log;
  signal: AbortSignal;
}): Promise<Followed<T>> {
  const { what, everyMs, load, log, signal } = options;
  let state: { value: T } | null = null;
  let failures = 0;
  let stopWaiting = (): void => undefined;
  let closed = false;

  async function refresh(): Promise<void> {
    try {
      state = { value: await load(state?.value ?? null) };
      if (failures > 0) log.info({ failures }, `${what} are fresh again`);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) log.warn({ err: error }, `${what} could not be read, the last ones hold`);
    }
  }

  function wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const close = (): void => {
    closed = true;
    stopWaiting();
  };
  signal.addEventListener('abort', close, { once: true });
  await refresh();
  while (state === null) {
    if (signal.aborted) throw signal.reason;
    await wait(backoffMs(failures, retrying));
    await refresh();
  }

  const running = (async () => {
    for (;;) {
      if (closed) return;
      await wait(everyMs);
      if (!closed) await refresh();
    }
  })();
  const held = state as { value: T };
  return {
    current: () => (state ?? held).value,
    async close() {
      close();
      await running;
    },
  };
}
