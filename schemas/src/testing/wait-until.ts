import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/** Asks again and again until the condition holds; throws with `what` when it never does. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs)
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(EVERY_MS);
  }
}
