import { randomUUID } from 'node:crypto';
import type { Log, Metrics } from '@wallet/runtime';
import { createWire, topics, type Publisher, type Subscription, type Wire } from '@wallet/schemas';
import type { EdgeConfig } from '../config.ts';
import type { OpenLog } from './intent-log.ts';
import { wakeByEvents } from './listen.ts';
import type { Waiters } from './waiters.ts';

const publishOptions = {
  // Fewer and larger requests to the broker, each of which costs it about 0.4 ms.
  gapMs: 15,
  maxBatchRecords: 500,
  // A second of work at full speed; more would only be answered too late.
  maxQueueRecords: 5_000,
  deadlineMs: 2_000,
} as const;

/** Whose records have as their key an id that clients wait for. */
const heardTopics = [
  topics.paymentEvents.name,
  topics.walletEvents.name,
  topics.refundEvents.name,
  topics.disputeEvents.name,
  topics.ticketEvents.name,
  topics.settlementEvents.name,
];

export type OpeningWire = {
  opening: Promise<OpenLog>;
  /** Why intents cannot be published or outcomes heard; null when all is well. */
  problem(): string | null;
};

/** Connects to registry and Kafka in the background, for publishing and for hearing of outcomes. */
export function openWire(options: {
  config: EdgeConfig;
  metrics: Metrics;
  log: Log;
  waiters: Waiters;
  onClose(name: string, close: () => Promise<void>): void;
}): OpeningWire {
  const { config, metrics, log, waiters, onClose } = options;
  const giveUp = new AbortController();
  let parts: { publisher: Publisher; subscription: Subscription } | null = null;
  const open = async (): Promise<{ wire: Wire; publisher: Publisher; listening: Listener }> => {
    const wire = await createWire({
      brokers: config.KAFKA_BROKERS,
      registryUrl: config.SCHEMA_REGISTRY_URL,
      clientId: 'wallet-edge',
      topicPrefix: config.KAFKA_TOPIC_PREFIX,
      signal: giveUp.signal,
      log,
      metrics,
    });
    const publisher = wire.createPublisher(publishOptions);
    const subscription = wire.createSubscription({
      group: 'edge',
      instance: randomUUID(),
      topics: heardTopics,
      startAt: 'latest',
      pace: waiters.pace,
    });
    parts = { publisher, subscription };
    const ended = wakeByEvents({ subscription, waiters, log });
    return { wire, publisher, listening: { subscription, ended } };
  };
  const opened = open();
  opened.catch((error: unknown) => {
    if (!giveUp.signal.aborted) log.error({ err: error }, 'the wire could not be opened');
  });
  onClose('wire', async () => {
    giveUp.abort();
    const wire = await opened.catch(() => null);
    if (wire !== null) await closeWire(wire);
  });
  return {
    opening: opened.then(({ wire, publisher }) => ({ codec: wire.codec, publisher })),
    problem: () =>
      parts === null
        ? 'the schema registry has not answered yet'
        : (parts.publisher.problem() ?? parts.subscription.problem()),
  };
}

type Listener = { subscription: Subscription; ended: Promise<void> };

async function closeWire(opened: { wire: Wire; publisher: Publisher; listening: Listener }) {
  const { wire, publisher, listening } = opened;
  await publisher.close();
  await listening.subscription.stop();
  await listening.ended;
  await listening.subscription.close();
  await wire.close();
}
