import type { Log } from '@wallet/runtime';
import { Kafka, logLevel, type logCreator, type RetryOptions } from 'kafkajs';
import { encodeProduceInOnePass } from './produce-request.ts';
import { calmRequestTimer } from './request-timer.ts';

export type KafkaAddress = { readonly brokers: readonly string[]; readonly clientId: string };

export type KafkaSettings = {
  /** How long one request may take before its outcome counts as unknown. */
  readonly requestTimeoutMs: number;
  readonly retry: RetryOptions;
};

const CONNECT_TIMEOUT_MS = 2_000;

/** Makes kafkajs clients; each producer, consumer and admin gets one of its own. */
export type KafkaFactory = (settings: KafkaSettings) => Kafka;

/**
 * One client a user, never shared: kafkajs keeps the committed offsets of a group per client, and
 * two consumers of one group on one client overwrite each other's.
 */
export function createKafkaFactory(options: KafkaAddress & { log: Log }): KafkaFactory {
  calmRequestTimer();
  encodeProduceInOnePass();
  const creator = logTo(options.log);
  return ({ requestTimeoutMs, retry }) =>
    new Kafka({
      clientId: options.clientId,
      // kafkajs always begins with the first of the list, which may be the dead one.
      brokers: shuffled(options.brokers),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      retry,
      logLevel: logLevel.WARN,
      logCreator: creator,
    });
}

// What kafkajs calls an error is mostly a first attempt that is tried again, and what comes of it
// is
// said by the wire itself: two levels lower.
function logTo(log: Log): logCreator {
  return () =>
    ({ level, namespace, log: { message, ...fields } }) => {
      const line = { ...fields, kafkajs: namespace, timestamp: undefined, stack: undefined };
      if (level === logLevel.ERROR) log.info(line, message);
      else log.debug(line, message);
    };
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [result[at], result[other]] = [result[other] as T, result[at] as T];
  }
  return result;
}
