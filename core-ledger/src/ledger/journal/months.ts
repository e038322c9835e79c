import type { Queryable } from '../../database/database.ts';
import { changeParts, listParts } from './parts.ts';
import type { JournalPart } from './parts.ts';

/** Whole months that are to exist beyond the present one. */
const monthsAhead = 3;

/**
 * Makes the months of entries that are missing: the present one and three ahead. Safe to call from
 * any number of processes, as often as they like; it looks first, and changes only what is
 * missing. Writers and readers go on meanwhile: attaching an empty part locks the journal against
 * other changes of its parts alone.
 * @returns up to when entries have a place, in milliseconds since 1970
 * Faults: those of the database; retriable when a lock could not be had within a second.
 */
export async function createMonthsAhead(db: Queryable): Promise<{ coveredUntilMs: number }> {
  const seen = await listParts(db);
  if (missingMonths(seen).length === 0) return { coveredUntilMs: coveredUntil(seen) };
  await changeParts(db, async (trx) => {
    for (const month of missingMonths(await listParts(trx))) {
      await trx.raw('select create_entry_month(?::timestamptz)', [month.toISOString()]);
    }
  });
  return { coveredUntilMs: coveredUntil(await listParts(db)) };
}

/** Imports reach back this far by months; what is older shares one part. */
const oldestMonths = 120;

/**
 * Gives the past months of their own, from that of `firstPosted` on, so that they can be archived
 * one by one. Only for a journal without entries, whose first part still reaches up to the present
 * month.
 */
export async function divideJournal(trx: Queryable, firstPosted: string): Promise<void> {
  const first = new Date(firstPosted).toISOString();
  const start = `greatest(date_trunc('month', '${first}'::timestamptz, 'UTC'),
    date_add(date_trunc('month', now(), 'UTC'), '-${oldestMonths} months', 'UTC'))`;
  await trx.raw(`do $do$
    declare start timestamptz := ${start};
    begin
      if start > now() then return; end if;
      alter table entry detach partition entry_until_partitioned;
      execute format('alter table entry attach partition entry_until_partitioned
        for values from (minvalue) to (%L)', start);
      perform create_entry_month(moment)
        from generate_series(start, now(), '1 month', 'UTC') moment;
    end $do$`);
}

type Journal = { parts: readonly JournalPart[]; nowMs: number };

/** First days of the months, in UTC, that are wanted and in no part. */
function missingMonths({ parts, nowMs }: Journal): Date[] {
  const now = new Date(nowMs);
  return Array.from(
    { length: monthsAhead + 1 },
    (_, ahead) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)),
  ).filter((month) => !parts.some((part) => includes(part, month.getTime())));
}

/** The end of the parts that follow each other without a gap from now on. */
function coveredUntil({ parts, nowMs }: Journal): number {
  let untilMs = nowMs;
  for (const part of parts) if (includes(part, untilMs)) untilMs = part.untilMs;
  return untilMs;
}

function includes({ fromMs, untilMs }: JournalPart, ms: number): boolean {
  return fromMs <= ms && ms < untilMs;
}
