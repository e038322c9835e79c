import { randomUUID } from 'node:crypto';
import { createLog } from '@wallet/runtime';
import { createKafkaFactory } from '../kafka-client.ts';
import type { InboundRecord } from '../record.ts';

const NO_RETRY_SURPRISES = { requestTimeoutMs: 10_000, retry: { retries: 8 } };

/**
 * Every record that is in the topic at the time of the call, by partition and offset. Reads with a
 * plain kafkajs consumer and believes only offsets, so that it can judge the subscription.
 */
export async function readTopic(options: {
  brokers: readonly string[];
  topic: string;
  topicPrefix?: string;
}): Promise<InboundRecord[]> {
  const topic = `${options.topicPrefix ?? ''}${options.topic}`;
  const log = createLog({ role: 'test', level: 'error' });
  const newKafka = createKafkaFactory({ brokers: options.brokers, clientId: 'test-reader', log });
  const admin = newKafka(NO_RETRY_SURPRISES).admin();
  await admin.connect();
  const bounds = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const missing = new Map(
    bounds
      .filter(({ low, high }) => low !== high)
      .map(({ partition, high }) => [partition, Number(high)]),
  );
  const found = new Map<string, InboundRecord>();
  if (missing.size === 0) return [];
  const consumer = newKafka(NO_RETRY_SURPRISES).consumer({
    groupId: `${topic}-reader-${randomUUID()}`,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    // A cluster that has just lost a broker may refuse for a while; kafkajs comes back from that.
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    consumer
      .run({
        autoCommit: false,
        async eachBatch({ batch: { partition, messages } }) {
          for (const { offset, timestamp, key, value, headers } of messages) {
            found.set(`${partition}/${offset}`, {
              topic: options.topic,
              partition,
              offset: Number(offset),
              timestampMs: Number(timestamp),
              key: key?.toString() ?? null,
              value,
              headers: Object.fromEntries(
                Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]),
              ),
            });
          }
          const last = Number(messages.at(-1)?.offset ?? -1);
          if (last + 1 >= (missing.get(partition) ?? 0)) missing.delete(partition);
          if (missing.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return [...found.values()].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
