import { readDefaultRules, type Database, readUsersSince } from '@wallet/core-ledger';
import { systemClock, type Log, type Metrics } from '@wallet/runtime';
import {
  createDryRun,
  createLiveLists,
  createLiveRules,
  createVelocity,
  type DryRun,
  createProfiles,
  withProfiles,
} from '@wallet/streams';
import type { EdgeConfig } from '../config.ts';

/**
 * Decides would-be payments by what is live. It opens beside the door, as the servers come: until
 * then there is none.
 */
export type FraudDesk = { dryRun(): DryRun | null };

export function openFraudDesk(options: {
  config: Pick<EdgeConfig, 'REDIS_URL' | 'REDIS_KEY_PREFIX'>;
  db: Database;
  log: Log;
  metrics: Metrics;
  onClose(name: string, close: () => Promise<void> | void): void;
}): FraudDesk {
  const { config, db, log, metrics, onClose } = options;
  const stopping = new AbortController();
  const closers: (() => Promise<void> | void)[] = [];
  let opened: DryRun | null = null;

  const open = async (): Promise<void> => {
    const followed = { database: db, log, signal: stopping.signal };
    const lists = await createLiveLists(followed);
    closers.push(() => lists.close());
    const shipped = await readDefaultRules();
    const liveRules = await createLiveRules({ ...followed, shipped, metrics });
    closers.push(() => liveRules.close());
    const { REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix } = config;
    const profiles = createProfiles({ load: (ids) => readUsersSince(db.knex, ids), log });
    const store = await createVelocity({ url, keyPrefix, log, metrics });
    const velocity = withProfiles(store, profiles);
    closers.push(() => velocity.close());
    opened = createDryRun({ velocity, liveRules, lists, clock: systemClock });
  };
  const opening = open().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error }, 'the fraud desk cannot open');
  });
  onClose('fraud desk', async () => {
    stopping.abort(new Error('the edge closes'));
    await opening;
    for (const close of closers.reverse()) await close();
  });
  return { dryRun: () => opened };
}
