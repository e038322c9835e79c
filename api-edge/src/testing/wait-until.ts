import { monotonicMs } from '@wallet/runtime';

const patienceMs = 20_000;

/** Asks again and again until the condition holds. */
export async function waitUntil(condition: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = monotonicMs() + patienceMs;
  while (!(await condition())) {
    if (monotonicMs() > endMs) throw new Error(`it did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
