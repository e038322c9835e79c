import { setTimeout as sleep } from 'node:timers/promises';
import { openRules } from '../fraud/start.ts';
import { createVelocity } from '../fraud/velocity.ts';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createContexts } from './contexts.ts';
import { createOutcomesProcessor, outcomesGroup } from './processor.ts';
import { createRecorder } from './recorder.ts';
import { outcomeSources } from './sources.ts';
import { isCounted } from './wanted.ts';

export const outcomesTopics = outcomeSources.map(({ topic }) => topic);

/** An outcome acts within a second; larger batches leave the machine to the payments. */
const gapMs = 400;
/** A fetch names every partition of four topics: while nothing happens, few do. */
const maxWaitMs = 500;

export async function startOutcomes(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, onClose } = context;
  const { liveRules } = await openRules(context);
  const velocity = await createVelocity({
    ...{ url: settings.REDIS_URL, keyPrefix: settings.REDIS_KEY_PREFIX, log, metrics },
  });
  onClose('outcome counters', () => velocity.close());
  const publisher = wire.createPublisher();
  onClose('outcomes publisher', () => publisher.close());
  const contexts = createContexts({ database, codec: wire.codec });
  const processor = createOutcomesProcessor({
    ...{ codec: wire.codec, publisher, log, metrics },
    recorder: createRecorder({ velocity, contexts }),
    isWanted: (kind) => isCounted(kind, liveRules.current().features),
  });
  const subscription = wire.createSubscription({
    ...{ group: outcomesGroup, topics: outcomesTopics, pace: () => sleep(gapMs), maxWaitMs },
  });
  return runLoop(context, {
    ...{ stage: 'outcomes', subscription, handler: processor.handle },
    ...{ maxBatchRecords: 2_000, gapMs },
  });
}
