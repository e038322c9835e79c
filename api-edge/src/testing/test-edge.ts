import { randomBytes } from 'node:crypto';
import { createDatabase, createVault, type Database, type Vault } from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, type LogLevel, type Metrics } from '@wallet/runtime';
import { createWire, deployWire, type Wire } from '@wallet/schemas';
import { dropTopics, uniqueTopicPrefix } from '@wallet/schemas/testing';
import { loadEdgeConfig } from '../config.ts';
import { openEdge, type Edge } from '../edge.ts';
import { loadIdentityConfig } from '../identity-service/config.ts';
import { openIdentity } from '../identity-service/identity.ts';
import { createApiClient, type ApiClient } from './api-client.ts';

export type TestEdge = ApiClient & {
  readonly url: string;
  readonly metrics: Metrics;
  readonly edge: Edge;
  close(): Promise<void>;
};

/** An instance of the identity service. */
export type TestIdentity = {
  readonly url: string;
  readonly metrics: Metrics;
  close(): Promise<void>;
};

/** A pipeline's surroundings of its own: database, topics, Redis keys, secrets. */
export type TestGround = {
  readonly db: Database;
  readonly vault: Vault;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its topics are. */
  readonly log: { readonly brokers: string[]; readonly topicPrefix: string };
  /** A wire of the test's own to its topics; ends with the ground. */
  openWire(): Promise<Wire>;
  /** Opens another instance of the identity service; the first one is open. */
  openIdentity(change?: Record<string, string>): Promise<TestIdentity>;
  /** Opens an instance; `change` overrides variables, as a server of one's own. */
  open(change?: Record<string, string>): Promise<TestEdge>;
  close(): Promise<void>;
};

/** Needs the servers that the environment names. */
export async function createTestGround(): Promise<TestGround> {
  const database = await createTestDatabase();
  const db = createDatabase({ url: database.url, applicationName: 'edge test', poolSize: 3 });
  const topicPrefix = uniqueTopicPrefix('edge');
  const common = {
    DATABASE_URL: database.url,
    REDIS_URL: variable('REDIS_URL'),
    KAFKA_BROKERS: variable('KAFKA_BROKERS'),
    SCHEMA_REGISTRY_URL: variable('SCHEMA_REGISTRY_URL'),
    PORT: '0',
    IDENTITY_PORT: '0',
    // Longer than an edge takes to ask again for a key it does not know.
    WALLET_KEY_ANNOUNCE_SECONDS: '6',
    WALLET_SANDBOX: 'true',
    WALLET_WEBHOOK_ALLOW: '127.0.0.1:20000-29999',
    ...newSecrets(),
    WALLET_ISSUER: 'http://identity.test',
    WALLET_TOKEN_SECONDS: '3600',
    // Only the tests of overload look at it; this machine may stall for reasons of its own.
    WALLET_MAX_LOOP_DELAY_MS: '5000',
    KAFKA_TOPIC_PREFIX: topicPrefix,
    REDIS_KEY_PREFIX: topicPrefix,
  };
  const brokers = common.KAFKA_BROKERS.split(',');
  const wireOptions = {
    ...{ brokers, topicPrefix, registryUrl: common.SCHEMA_REGISTRY_URL },
    log: createLog({ role: 'test', level: 'error' }),
  };
  await deployWire(wireOptions);
  const closers: (() => Promise<void>)[] = [];
  const openIdentity = async (change: Record<string, string> = {}): Promise<TestIdentity> => {
    const opened = await openTestIdentity({ ...common, ...change });
    closers.push(opened.close);
    return opened;
  };
  const environment = { ...common, IDENTITY_URL: (await openIdentity()).url };
  return {
    db,
    vault: createVault(common.WALLET_MASTER_KEY),
    environment,
    log: { brokers, topicPrefix },
    async openWire() {
      const metrics = createMetrics({ role: 'test' });
      const wire = await createWire({ ...wireOptions, clientId: 'test', metrics });
      closers.push(() => wire.close());
      return wire;
    },
    openIdentity,
    async open(change = {}) {
      const edge = await openTestEdge({ ...environment, ...change });
      closers.push(edge.close);
      if (change.SCHEMA_REGISTRY_URL === undefined) await untilWireIsOpen(edge.edge);
      return edge;
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
      await db.close();
      await database.drop();
      await dropTopics({ brokers, topicPrefix });
    },
  };
}

function newSecrets() {
  const secret = (): string => randomBytes(32).toString('hex');
  return {
    WALLET_ID_SECRET: secret(),
    WALLET_MASTER_KEY: secret(),
    WALLET_IDENTITY_SECRET: secret(),
  };
}

/** The door opens before; a test's first payment should not meet it half open. */
async function untilWireIsOpen(edge: Edge): Promise<void> {
  while ((await edge.problems()).some((problem) => problem.includes('registry'))) {
    await new Promise(setImmediate);
  }
}

async function openTestEdge(environment: Record<string, string>): Promise<TestEdge> {
  const { close, ...opening } = startTest('edge');
  const edge = await openEdge({ config: loadEdgeConfig(environment), ...opening });
  const url = `http://127.0.0.1:${edge.port}`;
  return {
    ...createApiClient({ url, definitions: edge.definitions }),
    ...{ url, metrics: opening.metrics, edge, close },
  };
}

async function openTestIdentity(environment: Record<string, string>): Promise<TestIdentity> {
  const { close, ...opening } = startTest('identity');
  const config = loadIdentityConfig(environment);
  const { port } = await openIdentity({ config, ...opening });
  return { url: `http://127.0.0.1:${port}`, metrics: opening.metrics, close };
}

/** What a process has from its composition root. */
function startTest(role: string) {
  const closers: (() => Promise<void> | void)[] = [];
  const level = (process.env.LOG_LEVEL ?? 'error') as LogLevel;
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    for (const close of closers) await close();
  };
  return {
    metrics: createMetrics({ role }),
    log: createLog({ role, level }),
    onClose: (_name: string, close: () => Promise<void> | void) => void closers.unshift(close),
    close: () => (closing ??= closeAll()),
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} must name a server for the tests`);
  return value;
}
