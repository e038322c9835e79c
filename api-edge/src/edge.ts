import {
  createDatabase,
  createVault,
  findEndedSessions,
  findIntents,
  hasIntents,
  listRevokedSessions,
  type Database,
} from '@wallet/core-ledger';
import { exposePool, systemClock, type Log, type Metrics } from '@wallet/runtime';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { createApp, type App } from './app.ts';
import { hostOf, rateQuotasOf, tokenSecondsOf, type EdgeConfig } from './config.ts';
import { createCursors } from './http/cursor.ts';
import { createOverloadGuard } from './http/overload.ts';
import { listen, type Listening } from './http/listen.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { createAccessTokens } from './identity/access-tokens.ts';
import { createLockout } from './identity/lockout.ts';
import { createPasswords } from './identity/passwords.ts';
import { createRefreshTokens } from './identity/refresh-tokens.ts';
import { createSessions } from './identity/sessions.ts';
import { createAccept } from './intents/accept.ts';
import { createBatchedRead } from './intents/batched-read.ts';
import { createBreaker, type Breaker } from './intents/breaker.ts';
import { createCompleteness } from './intents/completeness.ts';
import { createIntentIds, deriveKey } from './intents/intent-ids.ts';
import { createIntentLog, type OpenLog } from './intents/intent-log.ts';
import { openWire, type OpeningWire } from './intents/open-wire.ts';
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

/**
 * Opens an instance of the edge and starts serving. Only the port must be free: database, Redis,
 * Kafka and registry may all come later, and what needs them answers 503 until then.
 */
export async function openEdge(dependencies: EdgeDependencies): Promise<Edge> {
  const { config, metrics, log, onClose } = dependencies;
  const db = createDatabase({
    url: config.DATABASE_URL,
    applicationName: 'wallet edge',
    role: 'wallet_app',
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
  const wire = openWire({ ...dependencies, waiters });
  const overload = createOverloadGuard({
    metrics,
    limits: {
      maxInFlight: config.WALLET_MAX_IN_FLIGHT,
      maxLoopDelayMs: config.WALLET_MAX_LOOP_DELAY_MS,
    },
  });
  onClose('overload guard', () => overload.close());
  const parts = await assemble(dependencies, { db, redis, waiters, opening: wire.opening });
  const app = createApp({
    ...{ ...parts, db, overload, metrics, log },
    sandbox: config.WALLET_SANDBOX,
    allowedOrigin: config.WALLET_ALLOWED_ORIGIN,
  });
  const listening = await listen({
    koa: app.koa,
    host: hostOf(config),
    port: config.PORT,
    requestTimeoutMs: config.WALLET_REQUEST_TIMEOUT_MS,
    log,
  });
  onClose('http server', () => {
    waiters.end();
    return listening.close();
  });
  return { ...listening, definitions: app.definitions, problems: () => findProblems(db, wire) };
}

/** Makes the parts that routes need out of what has been opened. */
async function assemble(
  { config, metrics, log }: EdgeDependencies,
  opened: { db: Database; redis: Redis; waiters: Waiters; opening: Promise<OpenLog> },
) {
  const { db, redis, waiters, opening } = opened;
  const keyPrefix = config.REDIS_KEY_PREFIX;
  const tokenSeconds = tokenSecondsOf(config);
  const secret = Buffer.from(config.WALLET_ID_SECRET, 'hex');
  const sandbox = config.WALLET_SANDBOX;
  const breaker = createRedisBreaker(log);
  const memory = createSharedMemory({ redis, breaker, keyPrefix });
  const completeness = createCompleteness({
    memory,
    ledger: {
      endedSessions: () => listRevokedSessions(db.knex, tokenSeconds),
      hasIntents: () => hasIntents(db.knex),
    },
    tokenSeconds,
    clock: systemClock,
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
    clock: systemClock,
  });
  const refreshTokens = createRefreshTokens(deriveKey(secret, 'refresh token'));
  const sessions = createSessions({
    ...{ db, memory, completeness, findEndedSession },
    ...{ accessTokens, refreshTokens },
  });
  return {
    sessions,
    gatekeeper: sessions,
    rateLimits: createRateLimits(rateQuotasOf(config)),
    vault: createVault(config.WALLET_MASTER_KEY),
    passwords: createPasswords(),
    lockout: createLockout({
      ...{ redis, breaker, keyPrefix, log },
      maxFailures: config.WALLET_LOGIN_FAILURES,
    }),
    cursors: createCursors(deriveKey(secret, 'list cursor')),
    accept: createAccept({ ...stores, ...asked, waiters, metrics, clock: systemClock, log }),
    show: createShow(stores),
    findWallet: createFindWallet(db),
    payments: createPaymentKind(db),
    topUps: createTopUpKind(db),
  };
}

/** A request waits 100 ms for Redis at most. Three find out so; then for a second nobody waits. */
function createRedisBreaker(log: Log): Breaker {
  return createBreaker({
    threshold: 3,
    restMs: 1_000,
    timeoutMs: 100,
    onOpen: (error) => log.warn({ err: error }, 'redis fails: going on by the ledger'),
  });
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
