import { readIfThere } from '../durable-file.ts';
import { SetupFault } from '../setup-fault.ts';
import type { StackFile } from '../stack-file.ts';

type Address = { variable: string; what: string; of: (urls: StackFile['urls']) => string | null };

const database: Address = {
  variable: 'DATABASE_URL',
  what: 'database',
  of: (urls) => urls.database,
};
const brokers: Address = {
  variable: 'KAFKA_BROKERS',
  what: 'Kafka broker',
  of: (urls) => urls.brokers,
};
const registry: Address = {
  variable: 'SCHEMA_REGISTRY_URL',
  what: 'schema registry',
  of: (urls) => urls.registry,
};
const prometheus: Address = {
  variable: 'PROMETHEUS_URL',
  what: 'Prometheus',
  of: (urls) => urls.prometheus,
};
const edge: Address = { variable: 'EDGE_URL', what: 'edge', of: (urls) => urls.edge };
const redis: Address = { variable: 'REDIS_URL', what: 'Redis', of: (urls) => urls.redis };

/** What the environment names, else what the stack in the usual data folder says of itself. */
function findIfKnown(address: Address, environment: NodeJS.ProcessEnv): string | null {
  const named = environment[address.variable];
  if (named) return named;
  const text = readIfThere('.wallet/run/stack.json');
  return text === null ? null : address.of((JSON.parse(text) as StackFile).urls);
}

function find(address: Address, environment: NodeJS.ProcessEnv): string {
  const url = findIfKnown(address, environment);
  if (url !== null) return url;
  throw new SetupFault(
    `No ${address.what} is known.`,
    `Run "npm start" first, or set ${address.variable}.`,
  );
}

export const findDatabaseUrl = (environment: NodeJS.ProcessEnv): string =>
  find(database, environment);

export const findRedisUrl = (environment: NodeJS.ProcessEnv): string => find(redis, environment);

export const findEdgeUrl = (environment: NodeJS.ProcessEnv): string => find(edge, environment);

export const findPrometheusUrl = (environment: NodeJS.ProcessEnv): string | null =>
  findIfKnown(prometheus, environment);

/** Where Kafka and its schemas are, with the prefix of everything there. */
export const findWireAddress = (
  environment: NodeJS.ProcessEnv,
): { brokers: string[]; registryUrl: string; topicPrefix: string } => ({
  brokers: find(brokers, environment).split(','),
  registryUrl: find(registry, environment),
  topicPrefix: environment['KAFKA_TOPIC_PREFIX'] ?? '',
});
