import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, LabelsOf, Log, Metrics } from '@wallet/runtime';

export type CheckName = LabelsOf<'wallet_monitor_failures_total'>['check'];

/** One thing the monitor looks at again and again. `look` writes its own metrics. */
export type Check = { name: CheckName; everyMs: number; look(): Promise<void> };

/** Rounds that may be missed before a check counts as silent, besides the fixed grace. */
const missedRounds = 3;
const graceMs = 30_000;

/**
 * Looks until the signal fires, each check in a loop of its own: a server that is away holds up
 * only those who ask it. A failed look is counted and told, and the next round comes as usual.
 */
export function startRounds(options: {
  checks: readonly Check[];
  log: Log;
  metrics: Metrics;
  clock: Clock;
  signal: AbortSignal;
}): { ended: Promise<void>; silent(): string | null } {
  const { checks, log, metrics, clock, signal } = options;
  const lastSuccessMs = new Map<CheckName, number>();

  const lookOnce = async ({ name, look }: Check): Promise<void> => {
    try {
      await look();
      lastSuccessMs.set(name, clock.nowMs());
      const seconds = clock.nowMs() / 1000;
      metrics.set('wallet_monitor_last_success_timestamp_seconds', { check: name }, seconds);
    } catch (error) {
      metrics.inc('wallet_monitor_failures_total', { check: name });
      log.warn({ check: name, err: error }, 'the monitor could not look');
    }
  };
  const loop = async (check: Check): Promise<void> => {
    while (!signal.aborted) {
      await lookOnce(check);
      await pause(check.everyMs, signal);
    }
  };
  const startedMs = clock.nowMs();
  const ended = Promise.all(checks.map(loop)).then(() => undefined);

  return {
    ended,
    silent: () => {
      for (const { name, everyMs } of checks) {
        const ageMs = clock.nowMs() - (lastSuccessMs.get(name) ?? startedMs);
        if (ageMs > missedRounds * everyMs + graceMs) {
          return `nothing seen of ${name} for ${Math.round(ageMs / 1000)} s`;
        }
      }
      return null;
    },
  };
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await sleep(waitMs, undefined, { signal }).catch(() => undefined); // aborted: the loop sees it
}
