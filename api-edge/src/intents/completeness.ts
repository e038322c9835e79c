import type { Clock, Log } from '@wallet/runtime';
import { recordSeconds, type SharedMemory } from './shared-memory.ts';

/** What may be concluded from finding nothing in Redis. */
export type Trust = {
  /** No record of an intent means that it was never accepted. */
  records: boolean;
  /** No key of a session means that nobody has ended it. */
  sessions: boolean;
};

export type Completeness = {
  /** Reads the marker of a request's own round trip; starts mending when there is none. */
  trust(marker: string | null): Trust;
  /** Something that should be in Redis could not be written. */
  missed(): void;
};

/** Between two tries to mend. */
const mendPauseMs = 200;

/**
 * Knows since when Redis remembers everything. The marker is a moment in milliseconds, `0` for
 * ever. A flush, a restart without its data or a fail-over to an empty copy takes the marker away
 * with the records, so a missing marker shows the loss in the very round trip that it would
 * mislead. Mending puts the ended sessions back from the ledger, then the marker with the present
 * moment; from then on sessions are certain, and records of before are asked for in the ledger
 * until they would have run out anyway.
 */
export function createCompleteness(options: {
  memory: SharedMemory;
  ledger: {
    /** Ids of sessions ended of late, whose access tokens may still look good. */
    endedSessions(): Promise<string[]>;
    /** False only in a new system, where there is nothing that could have been forgotten. */
    hasIntents(): Promise<boolean>;
  };
  /** How long an access token lives. */
  tokenSeconds: number;
  clock: Clock;
  log: Log;
}): Completeness {
  const { memory, ledger, tokenSeconds, clock, log } = options;
  let dirty = false;
  let nextTryMs = 0;
  let mending = false;

  const mend = async (force: boolean): Promise<void> => {
    dirty = false; // what is missed from here on asks for another mending
    const marker = (await ledger.hasIntents()) ? String(clock.nowMs()) : '0';
    await memory.endSessions(await ledger.endedSessions(), tokenSeconds);
    await memory.mark(marker, { onlyIfAbsent: !force });
    log.info({ complete_since: marker }, 'redis remembers everything from here on');
  };
  const startMending = (force: boolean): void => {
    if (mending || clock.nowMs() < nextTryMs) return;
    mending = true;
    nextTryMs = clock.nowMs() + mendPauseMs;
    mend(force)
      .catch((error: unknown) => {
        if (force) dirty = true;
        log.debug({ err: error }, 'redis cannot be mended yet');
      })
      .finally(() => {
        mending = false;
      });
  };

  return {
    trust(marker) {
      if (dirty) {
        startMending(true);
        return { records: false, sessions: false };
      }
      if (marker === null) {
        startMending(false);
        return { records: false, sessions: false };
      }
      const recordsRunOut = clock.nowMs() - recordSeconds * 1_000;
      return { records: Number(marker) <= recordsRunOut, sessions: true };
    },
    missed() {
      dirty = true;
    },
  };
}
