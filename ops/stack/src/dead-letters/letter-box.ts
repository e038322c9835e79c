import { listHandled, markHandled, type Database, type LetterPlace } from '@wallet/core-ledger';
import { allTopics, deadLetterTopicOf, type Topic, type Wire } from '@wallet/schemas';
import { letterOf, nameOf, originalHeaders, type Letter } from './letter.ts';

export type LetterFilter = {
  readonly topics: readonly string[];
  readonly reason: string | null;
  /** Those too that somebody has handled. */
  readonly all: boolean;
};

/** Reads dead letters and does something about them. */
export type LetterBox = {
  /** Newest first. */
  list(filter: LetterFilter): Promise<Letter[]>;
  find(place: LetterPlace): Promise<Letter | null>;
  /** The record as its topic's schema reads it, or why it cannot be read. */
  read(letter: Letter): Promise<{ ok: true; value: unknown } | { ok: false; detail: string }>;
  /**
   * Writes the records to their topics again, behind everything that is there; then they count as
   * handled. A record whose effect is in the ledger already has none again: its intent id says so.
   */
  redrive(letters: readonly Letter[]): Promise<void>;
  dismiss(letters: readonly Letter[], reason: string): Promise<void>;
};

export const letterTopics: readonly string[] = allTopics.map(({ name }) => name);

export function createLetterBox({ wire, database }: { wire: Wire; database: Database }): LetterBox {
  const db = database.knex;

  async function lettersOf(topic: string): Promise<Letter[]> {
    const handled = new Map((await listHandled(db, topic)).map((one) => [nameOf(one), one]));
    const letters: Letter[] = [];
    for await (const records of wire.replay({ topic: deadLetterTopicOf(topic) })) {
      for (const record of records) {
        letters.push(letterOf(topic, record, handled.get(nameOf({ ...record, topic }))));
      }
    }
    return letters;
  }

  async function list({ topics, reason, all }: LetterFilter): Promise<Letter[]> {
    const letters: Letter[] = [];
    for (const topic of topics) letters.push(...(await lettersOf(topic)));
    return letters
      .filter((letter) => (all || letter.handled === null) && (reason ?? letter.why) === letter.why)
      .sort((a, b) => b.record.timestampMs - a.record.timestampMs);
  }

  return {
    list,
    async find(place) {
      const letters = letterTopics.includes(place.topic) ? await lettersOf(place.topic) : [];
      return letters.find((letter) => nameOf(letter.place) === nameOf(place)) ?? null;
    },
    async read({ place, record }) {
      await wire.codec.load([record]);
      return wire.codec.decode(topicOf(place), record.value);
    },
    async redrive(letters) {
      const publisher = wire.createPublisher();
      try {
        await publisher.publishAll(
          letters.map((letter) => ({
            topic: letter.place.topic,
            key: letter.record.key ?? '',
            value: letter.record.value ?? Buffer.alloc(0),
            headers: originalHeaders(letter),
            partition: letter.place.partition,
          })),
        );
      } finally {
        await publisher.close();
      }
      const places = letters.map(({ place }) => place);
      await markHandled(db, places, { outcome: 'redriven', reason: null });
    },
    async dismiss(letters, reason) {
      const places = letters.map(({ place }) => place);
      await markHandled(db, places, { outcome: 'dismissed', reason });
    },
  };
}

function topicOf({ topic }: LetterPlace): Topic<unknown> {
  const found = allTopics.find(({ name }) => name === topic);
  if (found === undefined) throw new RangeError(`there is no topic ${topic}`);
  return found;
}
