import { setTimeout as pause } from 'node:timers/promises';
import type { Publisher } from '@wallet/schemas';
import { readTopic, type TestWire } from '@wallet/schemas/testing';

/** A steady stream of records, each with an id of its own, and what became of each. */
export type KafkaLoad = {
  readonly acknowledged: ReadonlySet<string>;
  /** Ids by the code with which the publisher gave them up. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Ends the stream and waits until every record has an outcome. */
  stop(): Promise<void>;
};

const RECORDS_A_ROUND = 20;
const ROUND_MS = 5;
const KEYS = 64;

/** About 3,000 records a second over 64 keys, so over every partition. */
export function startKafkaLoad(publisher: Publisher, topic: string): KafkaLoad {
  const acknowledged = new Set<string>();
  const rejected = new Map<string, string>();
  const open = new Set<Promise<void>>();
  let stopped = false;
  let count = 0;

  function publishOne(): void {
    const id = `record-${count++}`;
    const record = { topic, key: `key-${count % KEYS}`, value: Buffer.from(id) };
    const outcome = publisher.publish(record).then(
      () => void acknowledged.add(id),
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
        rejected.set(id, code);
      },
    );
    open.add(outcome);
    void outcome.then(() => open.delete(outcome));
  }

  async function run(): Promise<void> {
    while (!stopped) {
      for (let at = 0; at < RECORDS_A_ROUND; at++) publishOne();
      await pause(ROUND_MS);
    }
    await Promise.all(open);
  }

  const running = run();
  return {
    acknowledged,
    rejected,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** A consumer that keeps its own positions and notes what a settlement would choke on. */
export type KafkaWitness = {
  readonly seen: ReadonlySet<string>;
  /** Records that were skipped or came again. */
  readonly irregular: readonly string[];
  stop(): Promise<void>;
};

const BATCH = 500;

export function startKafkaWitness({ wire }: TestWire, topic: string): KafkaWitness {
  const seen = new Set<string>();
  const irregular: string[] = [];
  const next = new Map<number, number>();
  const subscription = wire.createSubscription({
    group: 'witness',
    topics: [topic],
    positions: async () => new Map(next),
  });

  async function run(): Promise<void> {
    for (;;) {
      const batch = await subscription.take(BATCH);
      if (batch === null) return;
      for (const { partition, offset, value } of batch.records) {
        const wanted = next.get(partition) ?? 0;
        if (offset !== wanted) irregular.push(`${partition}: ${offset} instead of ${wanted}`);
        next.set(partition, offset + 1);
        seen.add(value?.toString() ?? '');
      }
    }
  }

  subscription.start();
  const running = run();
  return {
    seen,
    irregular,
    async stop() {
      await subscription.stop();
      await running;
      await subscription.close();
    },
  };
}

export type Verdict = {
  acknowledged: number;
  rejected: number;
  inLog: number;
  duplicates: number;
  /** Acknowledged and not in the log: must be empty. */
  missing: string[];
};

/** Compares what the publisher said with what the brokers have. */
export async function judge(load: KafkaLoad, wire: TestWire, topic: string): Promise<Verdict> {
  const records = await readTopic({ ...wire, topic });
  const inLog = new Set(records.map(({ value }) => value?.toString() ?? ''));
  return {
    acknowledged: load.acknowledged.size,
    rejected: load.rejected.size,
    inLog: inLog.size,
    duplicates: records.length - inLog.size,
    missing: [...load.acknowledged].filter((id) => !inLog.has(id)),
  };
}
