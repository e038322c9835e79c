import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type Log, type Metrics } from '@wallet/runtime';
import { createAdminConnection } from './admin-connection.ts';
import { createAdmin, type WireAdmin } from './admin.ts';
import { createCodec, type Codec } from './codec.ts';
import { createKafkaFactory } from './kafka-client.ts';
import { createPublisher, type Publisher, type PublisherOptions } from './publisher.ts';
import type { InboundRecord } from './record.ts';
import { createRegistry, type Registry } from './registry.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { schemaText } from './schema-files.ts';
import { createSubscription, type Subscription, type SubscriptionOptions } from './subscription.ts';
import { allTopics, topics } from './topics.ts';

export type WireOptions = {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** Appears in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Put before every topic, group and subject; '' in production. */
  readonly topicPrefix?: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the waiting for the registry at start. */
  readonly signal?: AbortSignal;
};

/** Everything a process does with Kafka and the schema registry. */
export type Wire = {
  readonly codec: Codec;
  createPublisher(options?: PublisherOptions): Publisher;
  createSubscription(options: SubscriptionOptions): Subscription;
  /** What a topic holds now, read again beside all live groups. */
  replay(options: ReplayOptions): AsyncIterable<readonly InboundRecord[]>;
  readonly admin: WireAdmin;
  /** Resolves when the schema registry answers; throws a retriable Fault when it does not. */
  registryAnswers(): Promise<void>;
  /** Closes what the wire itself holds; publishers and subscriptions are closed by their owners. */
  close(): Promise<void>;
};

const BACKOFF = { baseMs: 200, maxMs: 3_000 };

/**
 * Resolves once the registry has named the ids of all our schemas; keeps asking until then, because
 * a process may start before the registry, and before the deploy step has registered them.
 * Throws only when `signal` ends the waiting.
 */
export async function createWire(options: WireOptions): Promise<Wire> {
  const { log, metrics, topicPrefix = '' } = options;
  const registry = createRegistry(options.registryUrl);
  const ids = await resolveIds(registry, { topicPrefix, log, signal: options.signal });
  const newKafka = createKafkaFactory(options);
  const connection = createAdminConnection({ newKafka, log });
  const admin = createAdmin({ connection, topicPrefix });
  const shared = { newKafka, topicPrefix, log, metrics };
  const publishers: Publisher[] = [];
  metrics.beforeExpose(() => {
    const depth = publishers.reduce((sum, publisher) => sum + publisher.depth(), 0);
    metrics.set('wallet_publisher_queue_records', {}, depth);
  });
  return {
    codec: createCodec({ ids, writerType: (id) => registry.writerType(id) }),
    createPublisher(publisherOptions = {}) {
      const publisher = createPublisher({ ...publisherOptions, ...shared });
      publishers.push(publisher);
      return publisher;
    },
    createSubscription: (subscription) => createSubscription({ ...subscription, ...shared, admin }),
    replay: (asked) => replay({ newKafka, connection, topicPrefix }, asked),
    admin,
    async registryAnswers() {
      const { subject, schemaFile } = topics.paymentIntents;
      await registry.findId(topicPrefix + subject, schemaText(schemaFile));
    },
    close: () => connection.close(),
  };
}

async function resolveIds(
  registry: Registry,
  options: { topicPrefix: string; log: Log; signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, number>> {
  const { topicPrefix, log, signal } = options;
  const ids = new Map<string, number>();
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const { name, subject, schemaFile } of allTopics) {
        const id =
          ids.get(name) ?? (await registry.findId(topicPrefix + subject, schemaText(schemaFile)));
        if (id !== null) ids.set(name, id);
      }
      if (ids.size === allTopics.length) return ids;
      const missing = allTopics.filter(({ name }) => !ids.has(name)).map(({ subject }) => subject);
      log.warn({ missing, attempt }, 'schemas are not registered yet; run the deploy step');
    } catch (err) {
      log.warn({ err, attempt }, 'the schema registry does not answer; trying again');
    }
    await sleep(backoffMs(attempt, BACKOFF), undefined, signal === undefined ? {} : { signal });
  }
}
