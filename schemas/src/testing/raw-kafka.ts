import { createLog } from '@wallet/runtime';
import { createKafkaFactory } from '../kafka-client.ts';
import { partitionOf } from '../partitioner.ts';
import { topics } from '../topics.ts';

/** What the product itself never does: null values, nonsense, consumers that lose their place. */
export type RawKafka = {
  /**
   * Writes the record as it is, into the partition of its key.
   * @throws kafkajs's error when the broker refuses it
   */
  put(record: { topic: string; key: string; value: Buffer | null }): Promise<{
    partition: number;
    offset: number;
  }>;
  /** Makes the group begin again at the earliest record; it must have no member. */
  forgetOffsets(group: string): Promise<void>;
  close(): Promise<void>;
};

const SETTINGS = { requestTimeoutMs: 10_000, retry: { retries: 3 } };

/** @param options.topicPrefix stands before topics and groups */
export async function createRawKafka(options: {
  brokers: readonly string[];
  topicPrefix: string;
}): Promise<RawKafka> {
  const { brokers, topicPrefix } = options;
  const log = createLog({ role: 'test', level: 'error' });
  const newKafka = createKafkaFactory({ brokers, clientId: 'test-raw', log });
  const producer = newKafka(SETTINGS).producer({ allowAutoTopicCreation: false });
  const admin = newKafka(SETTINGS).admin();
  await Promise.all([producer.connect(), admin.connect()]);
  return {
    async put({ topic, key, value }) {
      const partition = partitionOf(key, topics.paymentIntents.partitions);
      const [written] = await producer.send({
        topic: topicPrefix + topic,
        acks: -1,
        messages: [{ partition, key, value }],
      });
      return { partition, offset: Number(written?.baseOffset ?? -1) };
    },
    forgetOffsets: async (group) => admin.deleteGroups([topicPrefix + group]).then(() => undefined),
    async close() {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
  };
}
