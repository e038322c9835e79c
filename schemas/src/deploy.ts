import { retry, type Log } from '@wallet/runtime';
import type { Admin, ITopicConfig } from 'kafkajs';
import { createKafkaFactory } from './kafka-client.ts';
import { createRegistry, type Registry } from './registry.ts';
import { schemaText } from './schema-files.ts';
import { allTopics, deadLetterSettings, deadLetterTopicOf } from './topics.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const RETRY = { retries: 8, initialRetryTime: 200, maxRetryTime: 2_000 };
const LEADER_WAIT = { deadlineMs: 30_000, baseMs: 50, maxMs: 500 };
const MOST_REPLICAS = 3;

/**
 * The deploy step: registers every schema with FULL_TRANSITIVE compatibility and creates every
 * topic and its dead-letter topic. Safe to repeat; what exists is left as it is. Throws a Fault
 * with code `schema_incompatible` when a schema cannot follow its predecessors.
 */
export async function deployWire(options: {
  brokers: readonly string[];
  registryUrl: string;
  topicPrefix?: string;
  log: Log;
}): Promise<void> {
  const { topicPrefix = '', log } = options;
  await registerSchemas(createRegistry(options.registryUrl), topicPrefix, log);
  const newKafka = createKafkaFactory({ ...options, clientId: 'wallet-deploy' });
  const admin = newKafka({ requestTimeoutMs: REQUEST_TIMEOUT_MS, retry: RETRY }).admin();
  await admin.connect();
  try {
    await createTopics(admin, topicPrefix, log);
  } finally {
    await admin.disconnect();
  }
}

async function registerSchemas(registry: Registry, prefix: string, log: Log): Promise<void> {
  for (const topic of allTopics) {
    const subject = prefix + topic.subject;
    const id = await registry.register(subject, schemaText(topic.schemaFile));
    log.info({ subject, id }, 'schema registered');
  }
}

async function createTopics(admin: Admin, prefix: string, log: Log): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const { brokers } = await admin.describeCluster();
  const replicas = Math.min(MOST_REPLICAS, brokers.length);
  const missing = wantedTopics(prefix, replicas).filter(({ topic }) => !existing.has(topic));
  if (missing.length === 0) return;
  // kafkajs's own waiting ends with an error when a broker has not heard of the topic yet.
  await admin.createTopics({ topics: missing, waitForLeaders: false });
  for (const { topic } of missing) await untilLed(admin, topic);
  log.info({ topics: missing.map(({ topic }) => topic), replicas }, 'topics created');
}

// A broker names itself leader before it is: the first records would be refused and written twice.
async function untilLed(admin: Admin, topic: string): Promise<void> {
  await retry({ ...LEADER_WAIT, retriable: () => true }, () => admin.fetchTopicOffsets(topic));
}

function wantedTopics(prefix: string, replicas: number): ITopicConfig[] {
  // With three replicas one may be away and no acknowledged record depends on a single disk; with
  // two, waiting for both would stop the pipeline when one is away.
  const minInSync = replicas >= MOST_REPLICAS ? 2 : 1;
  const wanted = (topic: string, partitions: number, retentionMs: number): ITopicConfig => ({
    topic: prefix + topic,
    numPartitions: partitions,
    replicationFactor: replicas,
    configEntries: [
      { name: 'min.insync.replicas', value: String(minInSync) },
      { name: 'retention.ms', value: String(retentionMs) },
    ],
  });
  return allTopics.flatMap(({ name, partitions, retentionMs }) => [
    wanted(name, partitions, retentionMs),
    wanted(deadLetterTopicOf(name), deadLetterSettings.partitions, deadLetterSettings.retentionMs),
  ]);
}
