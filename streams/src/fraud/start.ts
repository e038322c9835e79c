import { setTimeout as sleep } from 'node:timers/promises';
import {
  publishFirst,
  readDefaultRules,
  readFirstRules,
  readUsersSince,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createLiveLists, type LiveLists } from './live-lists.ts';
import { createLiveRules, type LiveRules } from './live-rules.ts';
import { createFraudProcessor } from './processor.ts';
import { createProfiles, withProfiles } from './profiles.ts';
import { createVelocity } from './velocity.ts';

export const fraudGroup = 'fraud';
export const fraudTopics = [topics.paymentIntents.name] as const;

/** A fetch costs the broker 0.4 ms, whatever it brings. */
const fetchGapMs = 12;
/** What a fetch brings is screened together; what comes right behind it waits this long. */
const gapMs = 5;

export async function startFraud(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, onClose } = context;
  const { liveRules, lists } = await openRules(context);
  const { REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix } = settings;
  const profiles = createProfiles({ load: (ids) => readUsersSince(database.knex, ids), log });
  const store = await createVelocity({ url, keyPrefix, log, metrics });
  const velocity = withProfiles(store, profiles);
  onClose('velocity', () => velocity.close());
  const publisher = wire.createPublisher();
  onClose('fraud publisher', () => publisher.close());
  const processor = createFraudProcessor({
    ...{ codec: wire.codec, publisher, velocity, liveRules, lists, log, metrics, clock },
  });
  const subscription = wire.createSubscription({
    group: fraudGroup,
    topics: fraudTopics,
    pace: () => sleep(fetchGapMs),
  });
  return runLoop(context, {
    stage: 'fraud',
    subscription,
    handler: processor.handle,
    maxBatchRecords: 500,
    gapMs,
  });
}

/**
 * Follows rule sets and lists. A database in which nothing was ever published gets its first set:
 * that of `RULESET_FILE`, else the one that ships.
 */
export async function openRules(
  context: Context,
): Promise<{ liveRules: LiveRules; lists: LiveLists }> {
  const { settings, database, log, metrics, signal, onClose } = context;
  const shipped = await readDefaultRules();
  await publishFirst(database, await readFirstRules(settings.RULESET_FILE));
  const lists = await createLiveLists({ database, log, signal });
  onClose('fraud lists', () => lists.close());
  const liveRules = await createLiveRules({ database, shipped, log, metrics, signal });
  onClose('fraud rules', () => liveRules.close());
  return { liveRules, lists };
}
