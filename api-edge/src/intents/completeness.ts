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
  /** Reads the marker of a request's own round trip; starts mending when something is amiss. */
  trust(marker: string | null): Trust;
  /** Something could not be written to Redis: `again` is tried when it answers. */
  missed(again: () => Promise<unknown>): void;
};

/** Between two tries to mend. */
const mendPauseMs = 200;
/** Beyond this the writes are given up, and the marker says so; about 10 MB. */
const maxUnwritten = 20_000;
/** Few enough that one round of them is answered within the time-out. */
const writesAtOnce = 200;

type Mending = {
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
};

/**
 * Knows since when Redis remembers everything. The marker is a moment in milliseconds, `0` for
 * ever. A flush, a restart without its data or a fail-over to an empty copy takes the marker away
 * with the records, so a missing marker shows the loss in the very round trip that it would
 * mislead. Mending puts the ended sessions back from the ledger, then the marker with the present
 * moment; from then on sessions are certain, and records of before are asked for in the ledger
 * until they would have run out anyway. What could not be written during an outage is written
 * after it.
 */
export function createCompleteness(options: Mending): Completeness {
  const { clock, log } = options;
  let unwritten: (() => Promise<unknown>)[] = [];
  let gaveUp = false;
  let markerSeen = false;
  let nextTryMs = 0;
  let mending = false;

  const mend = async (markerMissing: boolean): Promise<void> => {
    const again = unwritten;
    unwritten = [];
    try {
      for (let start = 0; start < again.length; start += writesAtOnce) {
        await Promise.all(again.slice(start, start + writesAtOnce).map((write) => write()));
      }
    } catch (error) {
      unwritten = [...again, ...unwritten].slice(0, maxUnwritten);
      throw error;
    }
    if (!markerMissing && !gaveUp) return;
    // Only the first marker of a new system may say "for ever".
    const isNew = !markerSeen && !gaveUp && !(await options.ledger.hasIntents());
    await writeMarker(options, { marker: isNew ? '0' : String(clock.nowMs()), replace: gaveUp });
    gaveUp = false;
  };
  const startMending = (markerMissing: boolean): void => {
    if (mending || clock.nowMs() < nextTryMs) return;
    mending = true;
    nextTryMs = clock.nowMs() + mendPauseMs;
    mend(markerMissing)
      .catch((error: unknown) => log.debug({ err: error }, 'redis cannot be mended yet'))
      .finally(() => {
        mending = false;
      });
  };

  return {
    trust(marker) {
      if (marker === null || gaveUp || unwritten.length > 0) startMending(marker === null);
      if (marker === null || gaveUp) return { records: false, sessions: false };
      markerSeen = true;
      const recordsRunOutMs = clock.nowMs() - recordSeconds * 1_000;
      return { records: Number(marker) <= recordsRunOutMs, sessions: true };
    },
    missed(again) {
      if (unwritten.length < maxUnwritten) unwritten.push(again);
      else gaveUp = true;
    },
  };
}

async function writeMarker(
  { memory, ledger, tokenSeconds, log }: Mending,
  { marker, replace }: { marker: string; replace: boolean },
): Promise<void> {
  await memory.endSessions(await ledger.endedSessions(), tokenSeconds);
  await memory.mark(marker, { onlyIfAbsent: !replace });
  log.info({ complete_since: marker }, 'redis remembers everything from here on');
}
