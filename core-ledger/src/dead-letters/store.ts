import type { Queryable } from '../database/database.ts';

/** A dead letter's place; `topic` is the one that was read when it became a dead letter. */
export type LetterPlace = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

export type LetterOutcome = 'redriven' | 'dismissed';

export type HandledLetter = LetterPlace & {
  readonly outcome: LetterOutcome;
  readonly reason: string | null;
  readonly handledAt: Date;
};

/** Remembers what was done about letters; what is said of one again changes nothing. */
export async function markHandled(
  db: Queryable,
  places: readonly LetterPlace[],
  { outcome, reason }: { outcome: LetterOutcome; reason: string | null },
): Promise<void> {
  await db.raw(
    `insert into handled_dead_letter (topic, partition, letter_offset, outcome, reason)
     select given.topic, given.partition, given.letter_offset, ?, ?
     from unnest(?::text[], ?::int[], ?::bigint[]) given (topic, partition, letter_offset)
     on conflict do nothing`,
    [
      outcome,
      reason,
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      places.map(({ offset }) => offset),
    ],
  );
}

/** What was done about the letters of a topic. */
export async function listHandled(db: Queryable, topic: string): Promise<HandledLetter[]> {
  const found = await db.raw<{ rows: HandledRow[] }>(
    `select partition, letter_offset, outcome, reason, handled_at
     from handled_dead_letter where topic = ?`,
    [topic],
  );
  return found.rows.map((row) => ({
    topic,
    partition: row.partition,
    offset: Number(row.letter_offset),
    outcome: row.outcome,
    reason: row.reason,
    handledAt: row.handled_at,
  }));
}

type HandledRow = {
  partition: number;
  letter_offset: string;
  outcome: LetterOutcome;
  reason: string | null;
  handled_at: Date;
};

/**
 * How many letters of a topic somebody has handled, of those that Kafka still keeps.
 * @param lows first offset that is kept, by partition
 */
export async function countHandled(
  db: Queryable,
  topic: string,
  lows: ReadonlyMap<number, number>,
): Promise<number> {
  const found = await db.raw<{ rows: { handled: number }[] }>(
    `select count(*)::int as handled
     from unnest(?::int[], ?::bigint[]) kept (partition, low)
     join handled_dead_letter h
       on h.topic = ? and h.partition = kept.partition and h.letter_offset >= kept.low`,
    [[...lows.keys()], [...lows.values()], topic],
  );
  return found.rows[0]?.handled ?? 0;
}
