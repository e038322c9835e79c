import {
  createDatabase,
  findEndedSessions,
  findIntents,
  hasIntents,
  listRevokedSessions,
  type Database,
} from '@wallet/core-ledger';
import { exposePool, systemClock, type Log, type Metrics } from '@wallet/runtime';
import { createWire, topics, type Publisher, type Subscription, type Wire } from '@wallet/schemas';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import { createApp, type App } from './app.ts';
import { tokenSecondsOf, type EdgeConfig } from './config.ts';
import { createCursors } from './http/cursor.ts';
import { createOverloadGuard } from './http/overload.ts';
import { listen, type Listening } from './http/listen.ts';
import { createAccessTokens } from './identity/access-tokens.ts';
import { createLockout } from './identity/lockout.ts';
import { createPasswords } from './identity/passwords.ts';
import { createRefreshTokens } from './identity/refresh-tokens.ts';
import { createSessions } from './identity/sessions.ts';
import { createAccept } from './intents/accept.ts';
import { createBatchedRead } from './intents/batched-read.ts';
import { createCompleteness } from './intents/completeness.ts';
import { createIntentIds, deriveKey } from './intents/intent-ids.ts';
import { createIntentLog, type OpenLog } from './intents/intent-log.ts';
import { wakeByEvents } from './intents/listen.ts';
import { createSharedMemory } from './intents/shared-memory.ts';
import { createShow } from './intents/show.ts';
import { createWaiters, type Waiters } from './intents/waiters.ts';
import { createPaymentKind } from './payments/payment.ts';
import { createRedis } from './redis.ts';
import { createTopUpKind } from './top-ups/top-up.ts';
import { createFindWallet } from './wallets/find-wallet.ts';

export type Edge = Listening & {
  readonly definitions: App['definitions'];
  /** One sentence per reason why no traffic should come here; empty when ready. */
  problems(): Promise<string[]>;
};

export type EdgeDependencies = {
  config: EdgeConfig;
  metrics: Metrics;
  log: Log;
  /** Registers what was opened; closed last in, first out. */
  onClose(name: string, close: () => Promise<void> | void): void;
};

const databasePool = 8;
/** Bytes of intents this instance remembers by itself; about 40,000. */
const recentBytes = 16 * 1024 * 1024;
const publishOptions = {
  // Fewer and larger requests to the broker, each of which costs it about 0.4 ms.
  gapMs: 5,
  maxBatchRecords: 500,
  // A second of work at full speed; more would only be answered too late.
  maxQueueRecords: 5_000,
  deadlineMs: 2_000,
} as const;

/**
 * Opens an instance of the edge and starts serving. Only the port must be free: database, Redis,
 * Kafka and registry may all come later, and what needs them answers 503 until then.
 */
export async function openEdge(dependencies: EdgeDependencies): Promise<Edge> {
  const { config, metrics, log, onClose } = dependencies;
  const db = createDatabase({
    url: config.DATABASE_URL,
    applicationName: 'wallet edge',
    poolSize: databasePool,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
    onConnectionWait: (waitMs) =>
      metrics.observe('wallet_database_pool_wait_seconds', {}, waitMs / 1_000),
  });
  exposePool(metrics, () => db.connections());
  onClose('database', () => db.close());
  const redis = createRedis({ url: config.REDIS_URL, log });
  onClose('redis', () => redis.disconnect());
  const waiters = createWaiters();
  metrics.beforeExpose(() => metrics.set('wallet_waiting_clients', {}, waiters.count()));
  const wire = openWire(dependencies, waiters);
  const overload = createOverloadGuard({
    metrics,
    limits: {
      maxInFlight: config.WALLET_MAX_IN_FLIGHT,
      maxLoopDelayMs: config.WALLET_MAX_LOOP_DELAY_MS,
    },
  });
  onClose('overload guard', () => overload.close());
  const parts = await assemble(dependencies, { db, redis, waiters, opening: wire.opening });
  const app = createApp({ ...parts, db, overload, metrics, log, sandbox: config.WALLET_SANDBOX });
  const listening = await listen({ koa: app.koa, port: config.PORT, log });
  onClose('http server', () => {
    waiters.end();
    return listening.close();
  });
  return { ...listening, definitions: app.definitions, problems: () => findProblems(db, wire) };
}

type OpeningWire = { opening: Promise<OpenLog>; problem(): string | null };

/** Connects to registry and Kafka in the background, for publishing and for hearing of outcomes. */
function openWire(dependencies: EdgeDependencies, waiters: Waiters): OpeningWire {
  const { config, metrics, log, onClose } = dependencies;
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
      group: `edge-${randomUUID()}`,
      topics: [topics.paymentEvents.name, topics.walletEvents.name],
      startAt: 'latest',
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

/** Makes the parts that routes need out of what has been opened. */
async function assemble(
  { config, metrics, log }: EdgeDependencies,
  opened: { db: Database; redis: Redis; waiters: Waiters; opening: Promise<OpenLog> },
) {
  const { db, redis, waiters, opening } = opened;
  const keyPrefix = config.REDIS_KEY_PREFIX;
  const tokenSeconds = tokenSecondsOf(config);
  const clock = systemClock;
  const secret = Buffer.from(config.WALLET_ID_SECRET, 'hex');
  const sandbox = config.WALLET_SANDBOX;
  const memory = createSharedMemory({ redis, keyPrefix });
  const completeness = createCompleteness({
    memory,
    ledger: {
      endedSessions: () => listRevokedSessions(db.knex, tokenSeconds),
      hasIntents: () => hasIntents(db.knex),
    },
    tokenSeconds,
    clock,
    log,
  });
  const findEndedSession = createBatchedRead<true>(async (ids) => {
    return new Map([...(await findEndedSessions(db.knex, ids))].map((id) => [id, true]));
  });
  const findIntent = createBatchedRead((ids) => findIntents(db.knex, ids));
  const recent = new LRUCache<string, Buffer>({
    maxSize: recentBytes,
    sizeCalculation: (bytes) => bytes.length + 64,
  });
  const ids = createIntentIds(config.WALLET_ID_SECRET);
  const intentLog = createIntentLog(opening);
  const stores = { ids, memory, intentLog, recent };
  const asked = { completeness, findIntent, findEndedSession };
  const accessTokens = await createAccessTokens({
    signingKey: config.WALLET_SIGNING_KEY,
    lifetimeSeconds: tokenSeconds,
    sandbox,
    clock,
  });
  const refreshTokens = createRefreshTokens(deriveKey(secret, 'refresh token'));
  const sessions = createSessions({
    ...{ db, memory, completeness, findEndedSession },
    ...{ accessTokens, refreshTokens },
  });
  return {
    sessions,
    gatekeeper: sessions,
    passwords: createPasswords(),
    lockout: createLockout({ redis, keyPrefix, maxFailures: config.WALLET_LOGIN_FAILURES, log }),
    cursors: createCursors(deriveKey(secret, 'list cursor')),
    accept: createAccept({ ...stores, ...asked, waiters, metrics, clock, log }),
    show: createShow(stores),
    findWallet: createFindWallet(db),
    payments: createPaymentKind(db),
    topUps: createTopUpKind(db),
  };
}

/** Redis is not among the reasons: the edge goes on without it. */
async function findProblems(db: Database, wire: OpeningWire): Promise<string[]> {
  const problems: string[] = [];
  const wireProblem = wire.problem();
  if (wireProblem !== null) problems.push(wireProblem);
  try {
    await db.knex.raw('select 1');
  } catch {
    problems.push('the database does not answer');
  }
  return problems;
}
