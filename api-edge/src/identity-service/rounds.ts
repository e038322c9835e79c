import type { Log } from '@wallet/runtime';

/** Does the work again and again, never twice at a time. @returns how to stop, after the last. */
export function startRounds(
  everyMs: number,
  log: Log,
  work: () => Promise<void>,
): () => Promise<void> {
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  let stopped = false;
  const round = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ err: error }, 'a round of the identity service failed');
    }
    if (!stopped) wait();
  };
  const wait = (): void => {
    timer = setTimeout(() => {
      running = round();
    }, everyMs);
  };
  wait();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}
