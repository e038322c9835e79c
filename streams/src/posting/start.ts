import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from '@wallet/core-ledger';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { withTransactionSteps } from '../runner/trace.ts';
import { createPosting, type PostingPlan } from './posting.ts';

/** Larger batches cost less an intent; beyond this the transaction only gets longer. */
const maxBatchRecords = 1_000;
/** A transaction costs 3–4 ms whatever its size: what one fetch brings is settled together. */
const fetchGapMs = 15;
/** What comes right behind a batch waits this long. */
const gapMs = 5;
/** While nothing comes. A partition that was full goes on no later: this much is still queued. */
const maxWaitMs = 200;

/** Runs a processor that posts, in the consumer group of its stage. */
export async function startPosting(context: Context, plan: PostingPlan): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, onClose, committed } = context;
  const { stage } = plan;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: `wallet ${stage}`,
    role: 'wallet_app',
  });
  onClose(`${stage} connection`, () => connection.close());
  const offsets = createStandingOffsets(database, stage);
  const subscription = wire.createSubscription({
    group: stage,
    topics: plan.topics,
    positions: offsets.positions,
    pace: () => sleep(fetchGapMs),
    maxWaitMs,
  });
  const posting = createPosting(plan, {
    connection: withTransactionSteps(connection),
    ...{ database, offsets, log, metrics, clock },
    codec: wire.codec,
    upcoming: () => subscription.upcoming(maxBatchRecords),
    onCommitted: committed.offer,
  });
  posting.start();
  onClose(`parked records of ${stage}`, () => posting.stop());
  return runLoop(context, {
    stage,
    subscription,
    handler: posting.handle,
    maxBatchRecords,
    gapMs,
  });
}
