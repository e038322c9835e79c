import { createConnection } from '@wallet/core-ledger';
import { openRules } from '../fraud/start.ts';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createShadowProcessor, shadowGroup, shadowTopics } from './processor.ts';

/** Nobody waits for it: few transactions of many records. */
const gapMs = 250;
const maxBatchRecords = 2_000;

export async function startShadow(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, onClose } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet shadow',
    role: 'wallet_app',
  });
  onClose('shadow connection', () => connection.close());
  const { liveRules, lists } = await openRules(context);
  const offsets = createStandingOffsets(database, shadowGroup);
  const processor = createShadowProcessor({
    ...{ connection, codec: wire.codec, offsets, liveRules, lists, log, metrics },
  });
  const subscription = wire.createSubscription({
    group: shadowGroup,
    topics: shadowTopics,
    positions: offsets.positions,
  });
  return runLoop(context, {
    ...{ stage: 'shadow', subscription, handler: processor.handle, maxBatchRecords, gapMs },
  });
}
