import { createLog } from '@wallet/runtime';
import { createKafkaFactory } from '../kafka-client.ts';

const SETTINGS = { requestTimeoutMs: 30_000, retry: { retries: 3 } };

/**
 * Deletes every topic that begins with the prefix. A test owes this to the broker it shares: each
 * deployed wire is some 80 partitions, and a broker with little memory dies of 15,000.
 * @throws kafkajs's error when the broker does not answer
 */
export async function dropTopics(options: {
  brokers: readonly string[];
  topicPrefix: string;
}): Promise<void> {
  const { brokers, topicPrefix } = options;
  if (topicPrefix === '') throw new Error('without a prefix these would be all topics');
  const log = createLog({ role: 'test', level: 'error' });
  const admin = createKafkaFactory({ brokers, clientId: 'test-drop', log })(SETTINGS).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
