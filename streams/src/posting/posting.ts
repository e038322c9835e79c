import {
  createChangeWriter,
  createDisputeShelf,
  createOutboxWriter,
  createPaymentFacts,
  createPaymentShelf,
  createPlatformFacts,
  createStuckAccounts,
  createTermsShelf,
  createWalletFacts,
} from '@wallet/core-ledger';
import type { Connection, Database, OutboxBatch } from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import type { Clock, Log, Metrics } from '@wallet/runtime';
import type { Codec, InboundRecord } from '@wallet/schemas';
import { positionsBehind } from '../runner/handler.ts';
import type { Handler } from '../runner/handler.ts';
import { pause } from '../runner/retry.ts';
import type { StandingOffsets } from '../runner/standing-offsets.ts';
import { detailOf, isPoison } from './faults.ts';
import { createFreshSettlement } from './fresh.ts';
import { createGathering, type TracedSettled } from './gathering.ts';
import type { Desk, Trade } from './kind.ts';
import { createMeter } from './meter.ts';
import type { PostingStage } from './meter.ts';
import { createParkedRetry } from './parked.ts';
import type { Due } from './parked.ts';
import { createReader } from './reader.ts';

export type Posting = {
  /**
   * Decides a mixed batch; resolves once it is committed. Faults: retriable ones (give the same
   * batch again: what was done is not done twice), `zombie` (read positions again), else fatal.
   */
  handle: Handler;
  /** Tries parked records that are due; answers how many were settled. `start` repeats it. */
  retryParked(): Promise<number>;
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
};

/** What differs between the processors that post. */
export type PostingPlan = {
  /** Its name in the metrics, and of its consumer group in Kafka and in `consumer_offset`. */
  readonly stage: PostingStage;
  readonly topics: readonly string[];
  trade(desk: Desk): Trade;
  /** Counts one settled intent; `seconds` since it was accepted. */
  observe(metrics: Metrics, settled: TracedSettled, seconds: number): void;
};

export type PostingDeps = {
  connection: Connection;
  database: Database;
  codec: Codec;
  /** Where the group stands. */
  offsets: StandingOffsets;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** What may be handled next. */
  upcoming: () => readonly InboundRecord[];
  /** Told of committed outbox batches, so that a relay in this process need not read them back. */
  onCommitted: (batches: OutboxBatch[]) => void;
};

const retryEveryMs = 250;
/** More poison than this in one batch is no accident of data: a person must look. */
const maximumPoison = 10;

/** Posts what intents ask for: one transaction a batch, whatever kinds are in it. */
export function createPosting(plan: PostingPlan, deps: PostingDeps): Posting {
  const { connection, database, codec, offsets, log, metrics, clock, onCommitted } = deps;
  const desk = createDesk({ codec, clock, database });
  const trade = plan.trade(desk);
  const gathering = createGathering(desk, trade);
  const { read, readAhead } = createReader(codec, trade.kinds);
  const onFound = (accounts: readonly bigint[]): void =>
    log.warn({ accounts: accounts.map(String) }, 'accounts are locked by someone else');
  const stuck = createStuckAccounts({ connection, clock, onFound });
  const shared = { connection, codec, read, gathering, stuck };
  const settleFresh = createFreshSettlement({
    ...{ ...shared, group: plan.stage },
    whileItCommits: () => readAhead(deps.upcoming()),
  });
  const parked = createParkedRetry({ ...shared, topics: plan.topics });
  const meter = createMeter({ plan, metrics, clock, log });
  const exclusive = createExclusive();
  let standingUnknown = false;

  /** One transaction. With `poison`, the fault's text, the only record becomes a dead letter. */
  const settle = async (records: readonly InboundRecord[], poison: string | null) => {
    const items = records.map((record) =>
      poison === null ? read(record) : poisoned(record, poison),
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
        if (isZombie(error)) metrics.inc('wallet_stage_zombie_aborts_total', { stage: plan.stage });
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

/** An empty desk; one for each transaction at a time. */
export function createDesk(deps: { codec: Codec; clock: Clock; database: Database }): Desk {
  const { codec, clock, database } = deps;
  return {
    codec,
    clock,
    wallets: createWalletFacts({ db: database.knex }),
    platform: createPlatformFacts({ db: database.knex }),
    paymentFacts: createPaymentFacts({ db: database.knex }),
    payments: createPaymentShelf(),
    changes: createChangeWriter(),
    disputes: createDisputeShelf(),
    terms: createTermsShelf(),
    outbox: createOutboxWriter(),
  };
}

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
