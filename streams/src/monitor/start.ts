import type { Metrics } from '@wallet/runtime';
import { createRedisLink } from '@wallet/runtime/redis';
import { checkInvariant, createDatabase, createSealer, invariants } from '@wallet/core-ledger';
import { commandsPlan } from '../commands/plan.ts';
import { fraudGroup, fraudTopics } from '../fraud/start.ts';
import { notificationsGroup } from '../notifications/processor.ts';
import { notificationsTopics } from '../notifications/sources.ts';
import { outcomesGroup } from '../outcomes/processor.ts';
import { outcomesTopics } from '../outcomes/start.ts';
import type { Context, Running } from '../runner/context.ts';
import type { Settings } from '../settings.ts';
import { settlementPlan } from '../settlement/plan.ts';
import { ticketsPlan } from '../tickets/plan.ts';
import { createHeartbeatLook } from './heartbeat.ts';
import { createMonitor } from './monitor.ts';
import { createRedisLook } from './servers.ts';

const watched = [
  { group: fraudGroup, topics: fraudTopics },
  ...[settlementPlan, commandsPlan, ticketsPlan].map(({ stage, topics }) => ({
    group: stage,
    topics,
  })),
  { group: outcomesGroup, topics: outcomesTopics },
  { group: notificationsGroup, topics: notificationsTopics },
];

/** A full pass over a large ledger; the alert on a silent verifier tells when it is too long. */
const longestStatementMs = 600_000;
/** Sealing waits so long for transactions that are under way, and goes on in its next round. */
const sealPatienceMs = 1_000;

export async function startMonitor(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, onClose } = context;
  const verified = createDatabase({
    url: settings.DATABASE_URL,
    applicationName: 'wallet verifier',
    role: 'wallet_app',
    poolSize: 1,
    longestStatementMs,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  onClose('verifier database', () => verified.close());
  const link = createRedisLink({
    url: settings.REDIS_URL,
    prepare: [],
    asker: { name: 'monitor', without: 'nothing is seen of it' },
    log,
  });
  onClose('monitor redis', async () => link.close());
  const monitor = createMonitor({
    ...{ database, watched, log, metrics, clock },
    ...{ admin: wire.admin, codec: wire.codec },
    heartbeat: heartbeatOf(settings, metrics),
    servers: {
      redis: createRedisLook({ link, key: `${settings.REDIS_KEY_PREFIX}monitor` }),
      registry: () => wire.registryAnswers(),
    },
    sealer: createSealer(database.knex, { patienceMs: sealPatienceMs }),
    invariants: invariants.map((invariant) => ({
      id: invariant.id,
      check: (lookBackMs) => checkInvariant(verified.knex, invariant, lookBackMs),
    })),
  });
  onClose('monitor', () => monitor.close());
  return { problem: () => monitor.problem() };
}

/** Without an address of the edge nobody pays. */
function heartbeatOf(settings: Settings, metrics: Metrics): (() => Promise<void>) | null {
  const { EDGE_URL: edgeUrl, HEARTBEAT_USERS, HEARTBEAT_PASSWORD: password } = settings;
  if (edgeUrl === undefined) return null;
  return createHeartbeatLook({ edgeUrl, users: HEARTBEAT_USERS.split(','), password, metrics });
}
