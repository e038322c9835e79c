import { checkInvariant, createDatabase, createSealer, invariants } from '@wallet/core-ledger';
import { fraudGroup, fraudTopics } from '../fraud/start.ts';
import { notificationsGroup } from '../notifications/processor.ts';
import { notificationsTopics } from '../notifications/start.ts';
import type { Context, Running } from '../runner/context.ts';
import { settlementGroup, settlementTopics } from '../settlement/settlement.ts';
import { createMonitor } from './monitor.ts';

const watched = [
  { group: fraudGroup, topics: fraudTopics },
  { group: settlementGroup, topics: settlementTopics },
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
  const monitor = createMonitor({
    ...{ database, watched, log, metrics, clock },
    admin: wire.admin,
    sealer: createSealer(database.knex, { patienceMs: sealPatienceMs }),
    invariants: invariants.map((invariant) => ({
      id: invariant.id,
      check: (lookBackMs) => checkInvariant(verified.knex, invariant, lookBackMs),
    })),
  });
  onClose('monitor', () => monitor.close());
  return { problem: () => monitor.problem() };
}
