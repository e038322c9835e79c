import { createStuckAccounts } from '@wallet/core-ledger';
import type { Connection, OutboxBatch, WalletFactsCache } from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import type { Clock, Log, Metrics } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type { Codec, InboundRecord } from '@wallet/schemas';
import { positionsBehind } from '../runner/handler.ts';
import type { Handler } from '../runner/handler.ts';
import { pause } from '../runner/retry.ts';
import type { StandingOffsets } from '../runner/standing-offsets.ts';
import { detailOf, isPoison } from './faults.ts';
import { createFreshSettlement } from './fresh.ts';
import { createGathering } from './gathering.ts';
import { createMeter } from './meter.ts';
import { createParkedRetry } from './parked.ts';
import type { Due } from './parked.ts';
import { readWork } from './work.ts';

/** The consumer group, in Kafka and in `consumer_offset`. */
export const settlementGroup = 'settlement';
export const settlementTopics = [topics.paymentScored.name, topics.walletIntents.name] as const;

export type Settlement = {
  /**
   * Settles a mixed batch; resolves once it is committed. Faults: retriable ones (give the same
   * batch again: what was done is not done twice), `zombie` (read positions again), else fatal.
   */
  handle: Handler;
  /** Tries parked records that are due; answers how many were settled. `start` repeats it. */
  retryParked(): Promise<number>;
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
};

export type SettlementDeps = {
  connection: Connection;
  codec: Codec;
  /** Where `settlementGroup` stands. */
  offsets: StandingOffsets;
  facts: WalletFactsCache;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** Told of committed outbox batches, so that a relay in this process need not read them back. */
  onCommitted: (batches: OutboxBatch[]) => void;
};

const retryEveryMs = 250;
/** More poison than this in one batch is no accident of data: a person must look. */
const maximumPoison = 10;

export function createSettlement(deps: SettlementDeps): Settlement {
  const { connection, codec, offsets, facts, log, metrics, clock, onCommitted } = deps;
  const gathering = createGathering({ codec, facts, clock });
  const onFound = (accounts: readonly bigint[]): void =>
    log.warn({ accounts: accounts.map(String) }, 'accounts are locked by someone else');
  const stuck = createStuckAccounts({ connection, clock, onFound });
  const shared = { connection, codec, facts, gathering, stuck };
  const settleFresh = createFreshSettlement({ ...shared, group: settlementGroup });
  const parked = createParkedRetry(shared);
  const meter = createMeter({ metrics, clock, log });
  const exclusive = createExclusive();
  let standingUnknown = false;

  /** One transaction. With `poison`, the fault's text, the only record becomes a dead letter. */
  const settle = async (records: readonly InboundRecord[], poison: string | null) => {
    const items = records.map((record) =>
      poison === null ? readWork(codec, record) : poisoned(record, poison),
    );
    const moves = offsets.moves(records);
    const { batches, duplicates } = await settleFresh(items, moves);
    offsets.moved(moves);
    meter.observe(gathering, duplicates);
    onCommitted(batches);
  };

  const settleIsolating = createIsolation(settle, log);

  const handle: Handler = (records) =>
    exclusive(async () => {
      if (standingUnknown) await readStanding(offsets, records);
      standingUnknown = false;
      const fresh = records.filter((record) => !offsets.isDone(record));
      try {
        await codec.load(fresh);
        if (fresh.length > 0) await settleIsolating(fresh);
      } catch (error) {
        // Perhaps the commit happened and only its answer was lost.
        standingUnknown = true;
        if (isZombie(error)) metrics.inc('wallet_stage_zombie_aborts_total', stage);
        throw error;
      }
      return positionsBehind(records);
    });

  const retryDue = async (due: Map<bigint, Due>, poison: string | null): Promise<number> => {
    const { batches, settled } = await parked.settle(due, poison);
    meter.observe(gathering, 0);
    onCommitted(batches);
    return settled;
  };
  const retryParked = (): Promise<number> =>
    exclusive(async () => retryAll(await parked.readDue(), retryDue, log));
  const loop = createParkedLoop(retryParked, log);
  return { handle, retryParked, start: loop.start, stop: loop.stop };
}

const stage = { stage: 'settlement' } as const;

/** Settles a batch; one that a record breaks is divided until that record is alone, put aside. */
function createIsolation(
  settle: (records: readonly InboundRecord[], poison: string | null) => Promise<void>,
  log: Log,
) {
  const isolate = async (records: readonly InboundRecord[], budget: { left: number }) => {
    try {
      await settle(records, null);
    } catch (error) {
      if (!isPoison(error) || budget.left === 0) throw error;
      log.warn({ err: error, records: records.length }, 'a record of the batch breaks it');
      if (records.length === 1) {
        budget.left -= 1;
        await settle(records, detailOf(error));
        return;
      }
      const middle = Math.ceil(records.length / 2);
      await isolate(records.slice(0, middle), budget);
      await isolate(records.slice(middle), budget);
    }
  };
  return (records: readonly InboundRecord[]) => isolate(records, { left: maximumPoison });
}

type RetryDue = (due: Map<bigint, Due>, poison: string | null) => Promise<number>;

/** All in one transaction; when one breaks it, each in its own. */
async function retryAll(due: Map<bigint, Due>, retry: RetryDue, log: Log): Promise<number> {
  if (due.size === 0) return 0;
  try {
    return await retry(due, null);
  } catch (error) {
    if (!isPoison(error)) throw error;
    log.warn({ err: error, records: due.size }, 'a parked record breaks its batch');
  }
  let settled = 0;
  for (const [id, row] of due) {
    const alone = new Map([[id, row]]);
    try {
      settled += await retry(alone, null);
    } catch (error) {
      if (!isPoison(error)) throw error;
      settled += await retry(alone, detailOf(error));
    }
  }
  return settled;
}

function createParkedLoop(retryParked: () => Promise<number>, log: Log) {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await retryParked();
      } catch (error) {
        log.error({ err: error }, 'parked records could not be retried; next try follows');
      }
      await pause(retryEveryMs, stopping.signal);
    }
  };
  return {
    start: () => {
      running = run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** One task at a time: they share the connection and the columns. */
function createExclusive() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(task: () => Promise<T>): Promise<T> => {
    const run = last.then(task, task);
    last = run.catch(() => undefined);
    return run;
  };
}

function poisoned(record: InboundRecord, detail: string) {
  return { kind: 'unusable', record, reason: 'broken_invariant', detail } as const;
}

function isZombie(error: unknown): boolean {
  return error instanceof Fault && error.code === 'zombie';
}

async function readStanding(
  offsets: StandingOffsets,
  records: readonly InboundRecord[],
): Promise<void> {
  for (const [topic, some] of Map.groupBy(records, (record) => record.topic)) {
    await offsets.positions(topic, [...new Set(some.map((record) => record.partition))]);
  }
}
