import type { Log, Metrics } from '@wallet/runtime';
import type { Message, PartitionerArgs, Producer, RecordMetadata } from 'kafkajs';
import type { KafkaFactory } from './kafka-client.ts';
import { partitionOf } from './partitioner.ts';

/** A kafkajs producer that is thrown away after any failed send. */
export type ProducerSession = {
  /**
   * One produce attempt, never repeated inside. On success each message carries its `partition`.
   * Throws whatever went wrong; the outcome of every message is unknown then.
   */
  send(topic: string, messages: Message[]): Promise<RecordMetadata[]>;
  /** Forces a new producer for the next send. */
  discard(): void;
  close(): Promise<void>;
};

// A broker that died without a word is noticed after this long; a live one answers in milliseconds.
const REQUEST_TIMEOUT_MS = 5_000;
// How long the leader waits for its followers: shorter, so that its answer still reaches us.
const ACK_TIMEOUT_MS = 4_000;
// Only connecting and metadata are repeated inside kafkajs, enough to walk through the broker list.
const CONNECT_RETRY = { retries: 3, initialRetryTime: 50, maxRetryTime: 300 };

/**
 * kafkajs' own produce retries are off. They keep the answers of a first attempt by broker, so that
 * a
 * partition which moves to a broker that has answered is left out and the send still resolves
 * (kafkajs issue 1303). One attempt begins with an empty table; see ops/decisions/0002.
 */
export function createProducerSession(options: {
  newKafka: KafkaFactory;
  log: Log;
  metrics: Metrics;
}): ProducerSession {
  const { newKafka, log, metrics } = options;
  let current: Promise<Producer> | null = null;

  async function connect(): Promise<Producer> {
    const producer = newKafka({
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retry: CONNECT_RETRY,
    }).producer({
      // Plain: an idempotent producer that goes on after a failed send can have the next record
      // acknowledged and not written. Consumers drop repeats by intent id in any case.
      idempotent: false,
      allowAutoTopicCreation: false,
      createPartitioner: () => assignPartition,
      retry: { retries: 0 },
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      release(producer);
      throw error;
    }
  }

  // Closing waits for requests that will never be answered; nobody waits for it.
  function release(producer: Producer): void {
    producer.disconnect().catch((err: unknown) => {
      log.debug({ err }, 'a discarded producer did not close cleanly');
    });
  }

  function discard(): void {
    const old = current;
    if (old === null) return;
    current = null;
    metrics.inc('wallet_publisher_producer_rebuilds_total');
    old.then(release, () => undefined);
  }

  return {
    async send(topic, messages) {
      current ??= connect();
      const mine = current;
      try {
        const producer = await mine;
        return await producer.send({ topic, acks: -1, timeout: ACK_TIMEOUT_MS, messages });
      } catch (error) {
        if (current === mine) discard();
        throw error;
      }
    },
    discard,
    async close() {
      const last = current;
      current = null;
      await last?.then(
        (producer) => producer.disconnect(),
        () => undefined, // it never connected, and the send it was for has said so
      );
    },
  };
}

/** Leaves the choice on the message, where the check of the answer finds it. */
function assignPartition({ partitionMetadata, message }: PartitionerArgs): number {
  message.partition ??= partitionOf(String(message.key), partitionMetadata.length);
  return message.partition;
}
