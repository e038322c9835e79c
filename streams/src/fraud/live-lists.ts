import type { Lists } from '@wallet/core-ledger';
import { backoffMs, type Log } from '@wallet/runtime';

/** The lists in force, in memory: rules read them without waiting, whatever else is away. */
export type LiveLists = {
  current(): Lists;
  close(): Promise<void>;
};

/** Entries act within two seconds of being written; half of it is ours. */
const intervalMs = 1_000;
const retrying = { baseMs: 100, maxMs: 2_000 };

/**
 * Loads the lists once (trying until it succeeds or `signal` fires: without them trusted and
 * blocked parties would be unknown), then keeps them fresh. When the database is away the last good
 * copy stays in force. `load` is `loadLists` bound to a database.
 */
export async function createLiveLists(options: {
  load: () => Promise<Lists>;
  log: Log;
  signal: AbortSignal;
}): Promise<LiveLists> {
  const { load, log, signal } = options;
  let lists: Lists | null = null;
  let failures = 0;
  let stopWaiting = (): void => undefined;
  let closed = false;

  async function refresh(): Promise<void> {
    try {
      lists = await load();
      if (failures > 0) log.info({ failures }, 'fraud lists are fresh again');
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) log.warn({ error }, 'fraud lists could not be read, the last ones hold');
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
  while (lists === null) {
    if (signal.aborted) throw signal.reason;
    await wait(backoffMs(failures, retrying));
    await refresh();
  }

  const running = (async () => {
    for (;;) {
      if (closed) return;
      await wait(intervalMs);
      if (!closed) await refresh();
    }
  })();
  return {
    current: () => lists ?? new Map<string, ReadonlySet<string>>(),
    async close() {
      close();
      await running;
    },
  };
}
