import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  assertSchemaCurrent,
  createDatabase,
  createMasterSeal,
  createVault,
  deleteExpiredRecords,
  isRetriable,
  listRevokedSessions,
  revokeSession,
  webhookSecretPurpose,
  type Database,
} from '@wallet/core-ledger';
import { exposePool, retry, systemClock, type Log, type Metrics } from '@wallet/runtime';
import { tokenSecondsOf } from '../config.ts';
import { listen, type Listening } from '../http/listen.ts';
import { createSharedMemory, type SharedMemory } from '../intents/shared-memory.ts';
import { createRedis } from '../redis.ts';
import { createIdentityApp } from './app.ts';
import type { IdentityConfig } from './config.ts';
import { createKeyrings, type Keyring, type Keyrings } from './keyring.ts';
import { createLockout } from './lockout.ts';
import { createPasswords } from './passwords.ts';
import { createProvider, issuePair, type ProviderDependencies } from './provider.ts';
import { createRecords } from './records.ts';
import { startRounds } from './rounds.ts';

export type Identity = Listening & {
  /** One sentence per reason why no traffic should come here; empty when ready. */
  problems(): Promise<string[]>;
};

export type IdentityDependencies = {
  config: IdentityConfig;
  metrics: Metrics;
  log: Log;
  /** Registers what was opened; closed last in, first out. */
  onClose(name: string, close: () => Promise<void> | void): void;
};

const databasePool = 6;
/** How soon every edge hears of a session that a command ended. */
const roundMs = 2_000;
/** A round may be late by so much. */
const recentSeconds = 60;

/** Opens an instance of the identity service; the database must be there and of this version. */
export async function openIdentity(dependencies: IdentityDependencies): Promise<Identity> {
  const { config, log, onClose } = dependencies;
  const { db, redis, memory } = openStores(dependencies);
  const patiently = { baseMs: 100, maxMs: 3_000, deadlineMs: 60_000, retriable: isRetriable };
  await retry(patiently, () => assertSchemaCurrent(db));
  const { WALLET_MASTER_KEY: masterKey, WALLET_PREVIOUS_MASTER_KEY: previousMasterKey } = config;
  const vault = createVault(masterKey, previousMasterKey);

  const tokenSeconds = tokenSecondsOf(config);
  const keyrings = createKeyrings({
    ...{ db, tokenSeconds, masterKey, previousMasterKey },
    announceSeconds: config.WALLET_KEY_ANNOUNCE_SECONDS,
  });
  const endSession = async (sessionId: string): Promise<void> => {
    await revokeSession(db.knex, sessionId);
    // The next round tells those who do not hear it now.
    await memory.endSessions([sessionId], tokenSeconds).catch(() => undefined);
  };
  const holder = createHolder();
  const app = createIdentityApp({
    ...{ db, vault, tokenSeconds, log, metrics: dependencies.metrics },
    passwords: createPasswords(dependencies.metrics),
    lockout: createLockout({
      ...{ redis, log, keyPrefix: config.REDIS_KEY_PREFIX },
      maxFailures: config.WALLET_LOGIN_FAILURES,
    }),
    secret: config.WALLET_IDENTITY_SECRET,
    webhookSeal: createMasterSeal(webhookSecretPurpose, masterKey, previousMasterKey),
    serve: (request, response) => holder.current().serve(request, response),
    issuePair: (sessionId, userId) => holder.current().issue(sessionId, userId),
  });
  const { IDENTITY_HOST: host, IDENTITY_PORT: port } = config;
  app.on('error', (error: unknown) => log.debug({ err: error }, 'a connection broke'));
  const handle = app.callback();
  const listening = await listen({
    ...{ host, port, log },
    serve: (request, response) => void handle(request, response),
  });
  onClose('http server', () => listening.close());
  const issuer = config.WALLET_ISSUER ?? `http://127.0.0.1:${listening.port}`;
  const { metrics } = dependencies;
  const provider = { db, issuer, tokenSeconds, sandbox: config.WALLET_SANDBOX, metrics };
  const refresh = () =>
    holder.refresh(keyrings, { ...provider, records: createRecords(db, endSession) });
  await refresh();
  const stop = startRounds(roundMs, log, async () => {
    await refresh();
    await tellEnded(db, memory, tokenSeconds);
    await deleteExpiredRecords(db.knex);
  });
  onClose('rounds', stop);
  return { ...listening, problems: () => findProblems(db) };
}

function openStores({ config, metrics, log, onClose }: IdentityDependencies) {
  const db = createDatabase({
    url: config.DATABASE_URL,
    applicationName: 'wallet identity',
    role: 'wallet_app',
    poolSize: databasePool,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
    onConnectionWait: (waitMs) =>
      metrics.observe('wallet_database_pool_wait_seconds', {}, waitMs / 1_000),
  });
  exposePool(metrics, () => db.connections());
  onClose('database', () => db.close());
  const redis = createRedis({ url: config.REDIS_URL, log });
  onClose('redis', () => redis.close());
  const memory = createSharedMemory({
    ...{ redis, keyPrefix: config.REDIS_KEY_PREFIX, clock: systemClock },
  });
  return { db, redis, memory };
}

type Serving = {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  issue(sessionId: string, userId: string): Promise<{ accessToken: string; refreshToken: string }>;
};

/** A provider has its keys for life, so new keys make a new one; its state is in the database. */
function createHolder() {
  let serving: Serving | null = null;
  let made = '';
  const current = (): Serving => {
    if (serving === null) throw new Error('the identity service has not started yet');
    return serving;
  };
  return {
    current,
    async refresh(keyrings: Keyrings, dependencies: ProviderDependencies): Promise<void> {
      const keyring = await keyrings.read();
      const name = nameOf(keyring);
      if (name === made) return;
      const provider = createProvider(dependencies, keyring);
      const handle = provider.callback();
      const { tokenSeconds } = dependencies;
      serving = {
        serve: (request, response) => handle(request, response),
        issue: (sessionId, userId) =>
          issuePair(provider, { sessionId, userId, keyring, tokenSeconds }),
      };
      made = name;
    },
  };
}

function nameOf({ keys, signing }: Keyring): string {
  return [signing, ...keys.map(({ kid }) => kid)].join(' ');
}

/** Sessions that a command or another instance ended while Redis was away. */
async function tellEnded(db: Database, memory: SharedMemory, tokenSeconds: number): Promise<void> {
  const ended = await listRevokedSessions(db.knex, recentSeconds);
  if (ended.length > 0) await memory.endSessions(ended, tokenSeconds);
}

async function findProblems(db: Database): Promise<string[]> {
  try {
    await db.knex.raw('select 1');
    return [];
  } catch {
    return ['the database does not answer'];
  }
}
