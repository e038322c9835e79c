import { allTopics, deadLetterTopicOf, type InboundRecord } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import type { System } from '../support/system.ts';
import type { Outcomes } from './outcomes.ts';

/** Of every event what matters here. */
type Event = { event_id: string; payment_id?: string; payment_version?: number };

/**
 * Holds Kafka against the outbox: each event of a committed row is there, none without a row, those
 * of one payment in the order of its versions; and no record is a dead letter.
 * @returns what is wrong, a sentence each
 */
export async function checkEvents(system: System, outcomes: Outcomes): Promise<string[]> {
  const { brokers, topicPrefix, wire } = system;
  const wrong: string[] = [];
  const told = new Set<string>();
  const versions = new Map<string, number>();
  for (const topic of allTopics.filter(({ name }) => name.endsWith('-events'))) {
    const records = await readTopic({ brokers, topicPrefix, topic: topic.name });
    await wire.codec.load(records);
    for (const record of records) {
      const decoded = wire.codec.decode(topic, record.value);
      if (!decoded.ok) {
        wrong.push(`${topic.name} ${record.offset}: ${decoded.reason}`);
        continue;
      }
      const event = decoded.value as Event;
      if (told.has(event.event_id)) continue; // published again after a kill
      told.add(event.event_id);
      if (event.payment_id === undefined || event.payment_version === undefined) continue;
      const before = versions.get(event.payment_id) ?? 0;
      if (event.payment_version < before) wrong.push(`payment ${event.payment_id}: out of order`);
      versions.set(event.payment_id, event.payment_version);
    }
  }
  const rows = await outcomes.rows('select event_id from outbox');
  const written = new Set(rows.map(({ event_id: id }) => id ?? ''));
  for (const id of written) if (!told.has(id)) wrong.push(`event ${id} never reached Kafka`);
  for (const id of told) if (!written.has(id)) wrong.push(`event ${id} in Kafka without a row`);
  return [...wrong, ...(await deadLetters(system))];
}

async function deadLetters({ brokers, topicPrefix }: System): Promise<string[]> {
  const intents = allTopics.filter(({ name }) => !name.endsWith('-events'));
  const found: InboundRecord[] = [];
  for (const { name } of intents) {
    const topic = deadLetterTopicOf(name);
    found.push(...(await readTopic({ brokers, topicPrefix, topic })));
  }
  return found.map(({ topic, headers }) => `${topic}: ${headers['dead-letter-reason']}`);
}
