import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, createWalletFacts } from '@wallet/core-ledger';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createSettlement, settlementGroup, settlementTopics } from './settlement.ts';

/** Larger batches cost less a payment; beyond this the transaction only gets longer. */
const maxBatchRecords = 1_000;
/** A transaction costs 3–4 ms whatever its size: what one fetch brings is settled together. */
const fetchGapMs = 15;
/** What comes right behind a batch waits this long. */
const gapMs = 5;

export async function startSettlement(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, onClose, committed } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet settlement',
    role: 'wallet_app',
  });
  onClose('settlement connection', () => connection.close());
  const offsets = createStandingOffsets(database, settlementGroup);
  const settlement = createSettlement({
    ...{ connection, offsets, log, metrics, clock },
    codec: wire.codec,
    facts: createWalletFacts({ db: database.knex }),
    onCommitted: committed.offer,
  });
  settlement.start();
  onClose('parked records', () => settlement.stop());
  const subscription = wire.createSubscription({
    group: settlementGroup,
    topics: settlementTopics,
    positions: offsets.positions,
    pace: () => sleep(fetchGapMs),
  });
  return runLoop(context, {
    stage: 'settlement',
    subscription,
    handler: settlement.handle,
    maxBatchRecords,
    gapMs,
  });
}
