import { randomBytes } from 'node:crypto';
import { createLog, createMetrics, type Log, type Metrics } from '@wallet/runtime';
import { deployWire } from '../deploy.ts';
import { createWire, type Wire } from '../wire.ts';
import { dropTopics } from './drop-topics.ts';

export type TestWire = {
  readonly wire: Wire;
  /**
   * In front of every topic, group and subject of this test; give it to the processes under test.
   */
  readonly topicPrefix: string;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Removes its topics too, unless the prefix was given. */
  close(): Promise<void>;
};

/** Unlike any other, so that tests share servers without meeting each other. */
export function uniqueTopicPrefix(name: string): string {
  return `test-${name}-${randomBytes(5).toString('hex')}.`;
}

/**
 * A deployed wire of its own on the servers that KAFKA_BROKERS and SCHEMA_REGISTRY_URL name.
 * @param options.brokers @param options.registryUrl instead of those of the environment
 */
export async function createTestWire(
  name: string,
  options: { brokers?: readonly string[]; registryUrl?: string; topicPrefix?: string } = {},
): Promise<TestWire> {
  const brokers = options.brokers ?? required('KAFKA_BROKERS').split(',');
  const registryUrl = options.registryUrl ?? required('SCHEMA_REGISTRY_URL');
  const topicPrefix = options.topicPrefix ?? uniqueTopicPrefix(name);
  const log = createLog({ role: 'test', level: (process.env['LOG_LEVEL'] ?? 'error') as 'error' });
  const metrics = createMetrics({ role: 'test' });
  const address = { brokers, registryUrl, topicPrefix, log };
  await deployWire(address);
  const wire = await createWire({ ...address, clientId: `test-${name}`, metrics });
  return {
    wire,
    ...{ topicPrefix, brokers, registryUrl, metrics, log },
    async close() {
      await wire.close();
      // A given prefix belongs to whoever gave it.
      if (options.topicPrefix === undefined) await dropTopics({ brokers, topicPrefix });
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`this test needs ${name}`);
  return value;
}
