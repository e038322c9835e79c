import { createLog } from '@wallet/runtime';
import { createAdminConnection } from '../admin-connection.ts';
import { createKafkaFactory } from '../kafka-client.ts';
import type { InboundRecord } from '../record.ts';
import { replay } from '../replay.ts';

/**
 * Every record that is in the topic at the time of the call, by partition and offset. It knows
 * nothing of subscriptions and their positions, so that it can judge them.
 */
export async function readTopic(options: {
  brokers: readonly string[];
  topic: string;
  topicPrefix?: string;
}): Promise<InboundRecord[]> {
  const { brokers, topic, topicPrefix = '' } = options;
  const log = createLog({ role: 'test', level: 'error' });
  const newKafka = createKafkaFactory({ brokers, clientId: 'test-reader', log });
  const connection = createAdminConnection({ newKafka, log });
  const found: InboundRecord[] = [];
  try {
    for await (const records of replay({ newKafka, connection, topicPrefix }, { topic })) {
      found.push(...records);
    }
  } finally {
    await connection.close();
  }
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
