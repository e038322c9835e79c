import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createDatabase, createVault, type Database, type Vault } from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, type LogLevel, type Metrics } from '@wallet/runtime';
import { deployWire } from '@wallet/schemas';
import { dropTopics, uniqueTopicPrefix } from '@wallet/schemas/testing';
import { loadEdgeConfig } from '../config.ts';
import { openEdge, type Edge } from '../edge.ts';
import { createApiClient, type ApiClient } from './api-client.ts';

export type TestEdge = ApiClient & {
  readonly url: string;
  readonly metrics: Metrics;
  readonly edge: Edge;
  close(): Promise<void>;
};

/** A pipeline's surroundings of its own: database, topics, Redis keys, secrets. */
export type TestGround = {
  readonly db: Database;
  readonly vault: Vault;
  readonly environment: Readonly<Record<string, string>>;
  /** Opens an instance; `change` overrides variables, as a server of one's own. */
  open(change?: Record<string, string>): Promise<TestEdge>;
  close(): Promise<void>;
};

/** Needs the servers that the environment names. */
export async function createTestGround(): Promise<TestGround> {
  const database = await createTestDatabase();
  const db = createDatabase({ url: database.url, applicationName: 'edge test', poolSize: 3 });
  const topicPrefix = uniqueTopicPrefix('edge');
  const environment = {
    DATABASE_URL: database.url,
    REDIS_URL: variable('REDIS_URL'),
    KAFKA_BROKERS: variable('KAFKA_BROKERS'),
    SCHEMA_REGISTRY_URL: variable('SCHEMA_REGISTRY_URL'),
    PORT: '0',
    WALLET_SANDBOX: 'true',
    WALLET_ID_SECRET: randomBytes(32).toString('hex'),
    WALLET_MASTER_KEY: randomBytes(32).toString('hex'),
    WALLET_SIGNING_KEY: newSigningKey(),
    WALLET_TOKEN_SECONDS: '3600',
    // Only the tests of overload look at it; this machine may stall for reasons of its own.
    WALLET_MAX_LOOP_DELAY_MS: '5000',
    KAFKA_TOPIC_PREFIX: topicPrefix,
    REDIS_KEY_PREFIX: topicPrefix,
  };
  const brokers = environment.KAFKA_BROKERS.split(',');
  await deployWire({
    brokers,
    registryUrl: environment.SCHEMA_REGISTRY_URL,
    topicPrefix,
    log: createLog({ role: 'test', level: 'error' }),
  });
  const edges: TestEdge[] = [];
  return {
    db,
    vault: createVault(environment.WALLET_MASTER_KEY),
    environment,
    async open(change = {}) {
      const edge = await openTestEdge({ ...environment, ...change });
      edges.push(edge);
      if (change.SCHEMA_REGISTRY_URL === undefined) await untilWireIsOpen(edge.edge);
      return edge;
    },
    async close() {
      await Promise.all(edges.map((edge) => edge.close()));
      await db.close();
      await database.drop();
      await dropTopics({ brokers, topicPrefix });
    },
  };
}

/** The door opens before; a test's first payment should not meet it half open. */
async function untilWireIsOpen(edge: Edge): Promise<void> {
  while ((await edge.problems()).some((problem) => problem.includes('registry'))) {
    await new Promise(setImmediate);
  }
}

/** An Ed25519 private key as WALLET_SIGNING_KEY wants it. */
export function newSigningKey(): string {
  return JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
}

async function openTestEdge(environment: Record<string, string>): Promise<TestEdge> {
  const closers: (() => Promise<void> | void)[] = [];
  const metrics = createMetrics({ role: 'edge' });
  const level = (process.env.LOG_LEVEL ?? 'error') as LogLevel;
  const edge = await openEdge({
    config: loadEdgeConfig(environment),
    metrics,
    log: createLog({ role: 'edge', level }),
    onClose: (_name, close) => void closers.unshift(close),
  });
  const url = `http://127.0.0.1:${edge.port}`;
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    for (const close of closers) await close();
  };
  return {
    ...createApiClient({ url, definitions: edge.definitions }),
    ...{ url, metrics, edge },
    close: () => (closing ??= closeAll()),
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} must name a server for the tests`);
  return value;
}
