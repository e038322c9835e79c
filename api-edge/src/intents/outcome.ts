import { monotonicMs, type Log } from '@wallet/runtime';
import type { AnyIntent, IntentKind } from './intent-noun.ts';
import type { Waiter } from './waiters.ts';

/**
 * Waits until an object has left its undecided states, at most `waitMs`; null when it has not.
 * An event only says when to look: what is shown is what the ledger has then.
 * @param readFirst the object may be decided already, so look before waiting
 */
export async function awaitOutcome<Intent extends AnyIntent, Shown extends { status: string }>(
  kind: IntentKind<Intent, Shown>,
  id: string,
  options: { waiter: Waiter; waitMs: number; readFirst: boolean; log: Log },
): Promise<Shown | null> {
  const { waiter, waitMs, readFirst, log } = options;
  const endMs = monotonicMs() + waitMs;
  let look = readFirst;
  let timeLeft = true;
  while (timeLeft) {
    if (look) {
      const shown = await decidedOrNull(kind, id, log);
      if (shown !== null) return shown;
    }
    look = true;
    timeLeft = await waiter.next(endMs - monotonicMs());
  }
  // An event may have been missed while the consumer was joining: one last look, never more.
  return decidedOrNull(kind, id, log);
}

async function decidedOrNull<Intent extends AnyIntent, Shown extends { status: string }>(
  kind: IntentKind<Intent, Shown>,
  id: string,
  log: Log,
): Promise<Shown | null> {
  try {
    const found = await kind.find(id);
    return found === null || kind.isUndecided(found.shown) ? null : found.shown;
  } catch (error) {
    // The intent is accepted, which is a good answer even while the ledger cannot be read.
    log.warn({ err: error }, 'a waiting client could not be shown the outcome');
    return null;
  }
}
