import {
  createDatabase,
  findEndedSessions,
  findIntents,
  hasIntents,
  listRevokedSessions,
  type Database,
} from '@wallet/core-ledger';
import { exposePool, systemClock, type Log, type Metrics } from '@wallet/runtime';
import { readAllowedTargets } from '@wallet/streams';
import { createApp, type App } from './app.ts';
import { evidenceGateOf, hostOf, rateQuotasOf, tokenSecondsOf, type EdgeConfig } from './config.ts';
import { openFraudDesk } from './fraud/desk.ts';
import { createCursors } from './http/cursor.ts';
import { createDisputeKind } from './disputes/dispute.ts';
import { createOverloadGuard } from './http/overload.ts';
import { listen, type Listening } from './http/listen.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { createStreamPlaces } from './http/streams.ts';
import { createAccessTokens } from './identity/access-tokens.ts';
import { createIdentityService } from './identity/service-client.ts';
import { createSessions } from './identity/sessions.ts';
import { createTrust, type Trust } from './identity/trust.ts';
import { createAccept } from './intents/accept.ts';
import { createBatchedRead } from './intents/batched-read.ts';
import { createCompleteness } from './intents/completeness.ts';
import { createIntentIds, deriveKey } from './intents/intent-ids.ts';
import { createIntentLog, type OpenLog } from './intents/intent-log.ts';
import { openWire, type OpeningWire } from './intents/open-wire.ts';
import { createRecentIntents } from './intents/recent-intents.ts';
import { createSharedMemory } from './intents/shared-memory.ts';
import { createShow } from './intents/show.ts';
import { createWaiters, type Waiters } from './intents/waiters.ts';
import { createPaymentKind } from './payments/payment.ts';
import { createPaymentReads } from './payments/payment-reads.ts';
import { createRedis, type Redis } from './redis.ts';
import { createRefundKind } from './refunds/refund.ts';
import { createObjectionToTicket } from './tickets/from-ticket.ts';
import { createTicketKind } from './tickets/ticket.ts';
import { createTopUpKind } from './top-ups/top-up.ts';
import { createSettlementKind } from './settlements/settlement.ts';
import { createFindWallet } from './wallets/find-wallet.ts';
import { createStandings } from './wallets/standing.ts';
import { createWithdrawalKind } from './withdrawals/withdrawal.ts';

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
  onClose('redis', () => redis.close());
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
  const tokenSeconds = tokenSecondsOf(config);
  const trust = createTrust({ config, tokenSeconds, db, clock: systemClock, log });
  const opened = { db, redis, waiters, opening: wire.opening, trust, tokenSeconds };
  const parts = assemble(dependencies, opened);
  const fraudDesk = openFraudDesk({ ...dependencies, db });
  const standings = createStandings({ db, log });
  onClose('standings', () => standings.stop());
  const app = createApp({
    ...{ ...parts, db, overload, metrics, log, fraudDesk, clock: systemClock },
    standings,
    evidenceGate: evidenceGateOf(config),
    sandbox: config.WALLET_SANDBOX,
    webhookTargets: readAllowedTargets(config.WALLET_WEBHOOK_ALLOW),
    allowedOrigin: config.WALLET_ALLOWED_ORIGIN,
  });
  const listening = await listen({
    serve: app.serve,
    host: hostOf(config),
    port: config.PORT,
    requestTimeoutMs: config.WALLET_REQUEST_TIMEOUT_MS,
    log,
  });
  onClose('http server', () => {
    waiters.end();
    return listening.close();
  });
  const problems = () => findProblems(db, wire, trust);
  return { ...listening, definitions: app.definitions, problems };
}

/** Makes the parts that routes need out of what has been opened. */
function assemble(
  { config, metrics, log }: EdgeDependencies,
  opened: {
    db: Database;
    redis: Redis;
    waiters: Waiters;
    opening: Promise<OpenLog>;
    trust: Trust;
    tokenSeconds: number;
  },
) {
  const { db, redis, waiters, opening, trust, tokenSeconds } = opened;
  const keyPrefix = config.REDIS_KEY_PREFIX;
  const secret = Buffer.from(config.WALLET_ID_SECRET, 'hex');
  const memory = createSharedMemory({ redis, keyPrefix, clock: systemClock });
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
  const recent = createRecentIntents(recentBytes);
  const ids = createIntentIds(config.WALLET_ID_SECRET);
  const intentLog = createIntentLog(opening);
  const stores = { ids, memory, intentLog, recent };
  const asked = { completeness, ...createLedgerReads(db) };
  const accessTokens = createAccessTokens({ issuers: trust.issuers, clock: systemClock });
  const sessions = createSessions({
    ...{ db, memory, ...asked, accessTokens, tokenSeconds },
  });
  return {
    sessions,
    gatekeeper: sessions,
    identity: createIdentityService({
      ...{ url: config.IDENTITY_URL, secret: config.WALLET_IDENTITY_SECRET, log },
    }),
    rateLimits: createRateLimits(rateQuotasOf(config)),
    cursors: createCursors(deriveKey(secret, 'list cursor')),
    waiters,
    streams: createStreamPlaces({
      perCaller: config.WALLET_CALLER_STREAMS,
      perInstance: config.WALLET_MAX_STREAMS,
      metrics,
    }),
    streamMs: config.WALLET_STREAM_SECONDS * 1_000,
    accept: createAccept({
      ...{ ...stores, ...asked, waiters, metrics, clock: systemClock, log },
      objectionToTicket: createObjectionToTicket(db),
    }),
    ...{ show: createShow(stores), intentLog },
    findWallet: createFindWallet(db),
    ...createKinds(db),
  };
}

/** What the ledger is asked for when Redis cannot tell. */
function createLedgerReads(db: Database) {
  return {
    findEndedSession: createBatchedRead<true>(async (ids) => {
      return new Map([...(await findEndedSessions(db.knex, ids))].map((id) => [id, true]));
    }),
    findIntent: createBatchedRead((ids) => findIntents(db.knex, ids)),
  };
}

/** The nouns that are asked for by intents. */
function createKinds(db: Database) {
  const paymentReads = createPaymentReads(db);
  return {
    ...paymentReads,
    payments: createPaymentKind(db, paymentReads),
    refunds: createRefundKind(db),
    topUps: createTopUpKind(db),
    withdrawals: createWithdrawalKind(db),
    disputes: createDisputeKind(db),
    tickets: createTicketKind(db),
    settlements: createSettlementKind(db),
  };
}

/** Redis is not among the reasons: the edge goes on without it. */
async function findProblems(db: Database, wire: OpeningWire, trust: Trust): Promise<string[]> {
  const known = [wire.problem(), await trust.problem()];
  const problems = known.filter((problem) => problem !== null);
  try {
    await db.knex.raw('select 1');
  } catch {
    problems.push('the database does not answer');
  }
  return problems;
}
