import { createRelayStore } from '@wallet/core-ledger';
import type {
  Connection,
  OutboxBatch,
  OutboxRecord,
  RelayStore,
  UnpublishedBatch,
} from '@wallet/core-ledger';
import { backoffMs, monotonicMs } from '@wallet/runtime';
import type { Log, Metrics } from '@wallet/runtime';
import type { OutboundRecord, Publisher } from '@wallet/schemas';
import { createBell } from './bell.ts';
import { createHandedOver } from './handed-over.ts';
import { createSweeper } from './sweeper.ts';

/**
 * Publishes committed outbox batches in the order of their ids. Any number of relays may run; the
 * one that holds the advisory lock publishes, the others stand by.
 */
export type Relay = {
  /** Settlement in this process hands over what it committed: nothing need be read back. */
  offer(batches: readonly OutboxBatch[]): void;
  start(): void;
  /** Finishes the round under way, and marks what it published. */
  stop(): Promise<void>;
  leads(): boolean;
  /** What keeps events from being published, for readiness; null when all is well. */
  problem(): string | null;
};

export type RelayOptions = {
  /**
   * Its own connection. `synchronous_commit` may be off: it writes nothing but marks, and a mark
   * that is lost only publishes a batch again.
   */
  connection: Connection;
  publisher: Publisher;
  log: Log;
  metrics: Metrics;
  /** Least time between the starts of two rounds: requests cost more than records. */
  gapMs?: number;
  /** Published rows are kept this long, to be looked at (`audit.outbox`); in whole hours. */
  keepHours?: number;
};

/** How often the table is looked at when no settlement in this process rings. */
const pollMs = 200;
/** A batch from another process has just come: more are likely on their way. */
const eagerPollMs = 20;
/** How soon a standby notices that the leader is gone. */
const standbyMs = 500;
/** Enough to fill a request to each partition; more would only delay the marks. */
const recordsPerRound = 2_000;
const backoff = { baseMs: 50, maxMs: 2_000 };

export function createRelay(options: RelayOptions): Relay {
  const { log, gapMs = 10 } = options;
  const rounds = createRounds(options);
  const bell = createBell();
  let failures = 0;
  let stopping = false;
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    while (!stopping) {
      const startedAtMs = monotonicMs();
      let waitMs: number;
      try {
        waitMs = await rounds.next();
        failures = 0;
      } catch (error) {
        failures += 1;
        waitMs = backoffMs(failures, backoff);
        log.warn({ err: error, failures, waitMs }, 'events wait: they could not be published');
      }
      // New work ends the wait, but neither the gap nor a backoff.
      const leastMs = failures > 0 ? waitMs : gapMs - (monotonicMs() - startedAtMs);
      await bell.wait(Math.max(leastMs, waitMs), leastMs);
    }
    await rounds.markLast();
  };

  return {
    offer(batches) {
      // A standby has its own pace: only the one that leads has something to do now.
      if (batches.length === 0 || !rounds.leads()) return;
      rounds.offer(batches);
      bell.ring();
    },
    start: () => {
      running = run();
    },
    stop: async () => {
      stopping = true;
      bell.close();
      await running;
    },
    leads: rounds.leads,
    problem: () => (failures > 3 ? `events are not published (${failures} failures)` : null),
  };
}

function createRounds(options: RelayOptions) {
  const { connection, publisher, log, metrics, keepHours = 24 } = options;
  const store = createRelayStore();
  const lead = createLead(connection, store, log);
  const handedOver = createHandedOver();
  const sweeper = createSweeper({ connection, store, keepHours });
  /** Published, and not yet marked so. */
  let unmarked: bigint[] = [];

  const publish = async (batches: readonly UnpublishedBatch[]): Promise<boolean> => {
    const missing = batches.filter(({ id }) => !handedOver.has(id)).map(({ id }) => id);
    const records = await readRecords(connection, store, missing);
    await publisher.publishAll(
      batches.flatMap(({ id, topic }) =>
        (handedOver.get(id) ?? records.get(id) ?? []).map((record) => outbound(topic, record)),
      ),
    );
    for (const { id, topic, recordCount } of batches) {
      unmarked.push(id);
      handedOver.delete(id);
      metrics.inc('wallet_outbox_published_events_total', { topic }, recordCount);
    }
    return missing.length > 0;
  };

  return {
    leads: lead.held,
    offer: (batches: readonly OutboxBatch[]): void => handedOver.add(batches),
    /** Marks, lists, publishes; answers for how many milliseconds there may be nothing to do. */
    async next(): Promise<number> {
      if (!(await lead.take())) {
        handedOver.clear();
        return standbyMs;
      }
      const marks = unmarked;
      const [answer] = await connection.flight([store.markAndList(marks)]);
      // A new session holds no lock: what it listed is someone else's to publish.
      if (answer === undefined || !lead.held()) return 0;
      unmarked = unmarked.slice(marks.length);
      const listed = store.listOf(answer);
      const batches = firstRecords(listed, recordsPerRound);
      const foreign = await publish(batches);
      if (listed.length > batches.length) return 0;
      await sweeper.sweepWhenDue();
      return foreign || unmarked.length > 0 ? eagerPollMs : pollMs;
    },
    async markLast(): Promise<void> {
      if (unmarked.length === 0 || !lead.held()) return;
      try {
        await connection.flight([store.markAndList(unmarked)]);
      } catch (error) {
        log.warn({ err: error }, 'the last marks are lost: their events will be published again');
      }
    },
  };
}

/** The advisory lock that makes one relay the publishing one; it dies with its session. */
function createLead(connection: Connection, store: RelayStore, log: Log) {
  let session: number | null = null;
  const held = (): boolean => session !== null && session === connection.sessionId();
  return {
    held,
    async take(): Promise<boolean> {
      if (held()) return true;
      const [answer] = await connection.flight([store.takeLead()]);
      if (answer?.rows[0]?.[0] !== 't') return false;
      session = connection.sessionId();
      log.info({}, 'this relay publishes the outbox');
      return true;
    },
  };
}

async function readRecords(
  connection: Connection,
  store: RelayStore,
  ids: readonly bigint[],
): Promise<Map<bigint, OutboxRecord[]>> {
  if (ids.length === 0) return new Map();
  const [answer] = await connection.flight([store.readRecords(ids)]);
  return answer === undefined ? new Map() : store.recordsOf(answer);
}

/** The oldest batches with at most `maximum` records together, and at least one batch. */
function firstRecords(batches: readonly UnpublishedBatch[], maximum: number): UnpublishedBatch[] {
  let records = 0;
  return batches.filter(({ recordCount }, index) => {
    records += recordCount;
    return index === 0 || records <= maximum;
  });
}

function outbound(topic: string, record: OutboxRecord): OutboundRecord {
  const { key, payload: value, headers, partition } = record;
  return { topic, key, value, headers, ...(partition === null ? {} : { partition }) };
}
