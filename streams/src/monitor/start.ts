import { checkInvariant, invariants } from '@wallet/core-ledger';
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

export async function startMonitor(context: Context): Promise<Running> {
  const { wire, database, log, metrics, clock, onClose } = context;
  const monitor = createMonitor({
    ...{ database, watched, log, metrics, clock },
    admin: wire.admin,
    invariants: invariants.map((invariant) => ({
      id: invariant.id,
      check: (lookBackMs) => checkInvariant(database.knex, invariant, lookBackMs),
    })),
  });
  onClose('monitor', () => monitor.close());
  return { problem: () => monitor.problem() };
}
