import { createHash } from 'node:crypto';
import {
  deriveId,
  finishWindows,
  listDueWindows,
  listMissingBatches,
  nobody,
  openMissingWindows,
} from '@wallet/core-ledger';
import type { Database, MissingBatch, WindowView } from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type { Codec, Publisher, SettlementIntent } from '@wallet/schemas';
import { createAsking } from './asking.ts';
import type { Job } from './jobs.ts';

/** Asked for again when nothing came of it by then; each is decided once. */
const repeatAfterMs = 10_000;
const atOnce = 200;

/**
 * Sees to it that every currency of merchants has an open window, that windows close when their
 * time is over, and that each merchant with something in a closed one gets a batch. It asks for
 * that by intents, whose ids are the same each time: whatever dies in between, the next run goes on
 * where the database stands. Time is the clock's.
 */
export function createSettlementWindows(deps: {
  database: Pick<Database, 'knex'>;
  publisher: Pick<Publisher, 'publish'>;
  codec: Codec;
  clock: Clock;
}): Job['run'] {
  const { database, publisher, codec, clock } = deps;
  const ask = createAsking<SettlementIntent>({
    ...{ publisher, codec, topic: topics.settlementIntents, repeatAfterMs },
    keyOf: (intent) => intent.wallet_id ?? intent.window_id ?? intent.intent_id,
  });
  return async () => {
    const nowMs = clock.nowMs();
    await openMissingWindows(database.knex, nowMs);
    const due = await listDueWindows(database.knex, nowMs);
    const missing = await listMissingBatches(database.knex, atOnce);
    const asked = await ask(
      [
        ...due.map((window) => closeOf(window, nowMs)),
        ...missing.map((batch) => batchIntentOf(batch, nowMs)),
      ],
      nowMs,
    );
    const finished = missing.length === 0 ? await finishWindows(database.knex) : 0;
    return { done: asked + finished, more: asked >= atOnce };
  };
}

const nothing = {
  ...{ actor_role: null, settlement_id: null, wallet_id: null, owner_id: null, payment_id: null },
  ...{ target: null, amount_minor: 0n, reference: null, lines: [] },
} as const;

function closeOf({ id, currency, closesAtMs }: WindowView, nowMs: number): SettlementIntent {
  const intentId = deriveId(closesAtMs, id, 'settlement window close');
  return {
    ...{ ...nothing, intent_id: intentId, caller_id: nobody, kind: 'settlement_window_close' },
    ...{ window_id: id, currency, reason: 'its time is over' },
    ...{ payload_hash: hashOf(intentId), accepted_at: nowMs },
  };
}

/** Who closed the window by hand asked for its batches, and approves none of them. */
function batchIntentOf(batch: MissingBatch, nowMs: number): SettlementIntent {
  const { windowId, walletId, ownerId, currency, closedAtMs, closedBy } = batch;
  const intentId = deriveId(closedAtMs, `${windowId} ${walletId}`, 'settlement of a window');
  return {
    ...{ ...nothing, intent_id: intentId, caller_id: closedBy ?? nobody, kind: 'settlement' },
    ...{ wallet_id: walletId, owner_id: ownerId, window_id: windowId, currency },
    ...{ reason: 'window closed', payload_hash: hashOf(intentId), accepted_at: nowMs },
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
