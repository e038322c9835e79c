import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { topics, type OutboundRecord, type PaymentIntent } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent, type TestWire } from '@wallet/schemas/testing';
import { cpuBetween, takeSnapshot } from '../accounting.ts';
import { engineCost } from './engine.ts';
import { fiftyRules } from './rules.ts';
import { createLatencies, type LatencySummary } from '../latencies.ts';

const targets = { perSecond: 3_000, addedP99Ms: 50 };
const [payers, payees, devices] = [20_000, 1_000, 15_000];
const steadyRate = 500;
const tickMs = 10;
const publishedAtOnce = 2_000;
/** Of the test wire's topics. */
const partitions = 8;
const entry = fileURLToPath(new URL('../../../streams/src/main.ts', import.meta.url));

/**
 * Fifty rules over three windows of five entities, through the Kafka and Redis that the environment
 * names: what the engine costs, how fast a backlog is decided, and what screening adds at
 * 500/s. True when the targets are met.
 */
export async function fraudBench(options: { backlog: number; seconds: number }): Promise<boolean> {
  const engine = await engineCost(fiftyRules());
  console.log(
    `engine: ${engine.nanos.toFixed(0)} ns a payment for ${engine.rules} rules` +
      ` (the shipped ${engine.shippedRules}: ${engine.shippedNanos.toFixed(0)} ns)`,
  );
  const bench = await createTestWire('fraud-bench');
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'wallet-fraud-bench-'));
  const rules = join(folder, 'fifty.rules');
  await writeFile(rules, fiftyRules());
  const seen = watchScored(bench);
  const start = (): ChildProcess => startFraud(bench, { DATABASE_URL: database.url, rules });
  let child: ChildProcess | null = null;
  try {
    const publisher = bench.wire.createPublisher();
    // What decides first is cold: it is not what is measured.
    await publish(bench, publisher, options.backlog);
    child = start();
    await seen.reaches(options.backlog);
    await stop(child);
    await publish(bench, publisher, options.backlog);
    child = start();
    const drained = await drain(child, seen, options.backlog);
    await sleep(1_000);
    const added = await steady(bench, publisher, seen, options.seconds);
    await publisher.close();
    return report(drained, added);
  } finally {
    if (child !== null) await stop(child);
    await seen.close();
    await database.drop();
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Drained = { perSecond: number; fraudMicros: number; foreignCores: number };

/** From the first decision to the last: what a started processor does. */
async function drain(child: ChildProcess, seen: Seen, count: number): Promise<Drained> {
  const already = seen.count();
  await seen.reaches(already + 1);
  const parts = [{ name: 'fraud', pid: child.pid ?? 0 }];
  const [first, startedMs, before] = [seen.count(), performance.now(), takeSnapshot(parts)];
  await seen.reaches(already + count);
  const use = cpuBetween(before, takeSnapshot(parts));
  const done = already + count - first;
  return {
    perSecond: done / ((performance.now() - startedMs) / 1_000),
    fraudMicros: (use.microsByPart['fraud'] ?? 0) / done,
    foreignCores: use.foreignCores,
  };
}

/** Intents at a steady rate; what lies between Kafka's word and a decision in a reader's hands. */
async function steady(
  bench: TestWire,
  publisher: Publisher,
  seen: Seen,
  seconds: number,
): Promise<LatencySummary> {
  const latencies = createLatencies();
  seen.onRecord((id) => {
    const keptMs = kept.get(id);
    if (keptMs !== undefined) latencies.add(performance.now() - keptMs);
  });
  const kept = new Map<string, number>();
  const target = seen.count();
  const startedMs = performance.now();
  let sent = 0;
  while (sent < steadyRate * seconds) {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * steadyRate) - sent;
    for (let index = 0; index < due; index += 1, sent += 1) {
      const record = recordOf(bench);
      const id = record.headers?.['request-id'] ?? '';
      void publisher.publish(record).then(() => kept.set(id, performance.now()));
    }
    await sleep(tickMs);
  }
  await seen.reaches(target + sent);
  seen.onRecord(() => undefined);
  return latencies.summary();
}

function report({ perSecond, fraudMicros, foreignCores }: Drained, added: LatencySummary): boolean {
  console.log(
    `backlog: ${Math.round(perSecond)} decisions/s (target ≥ ${targets.perSecond}), ` +
      `${fraudMicros.toFixed(1)} µs of CPU each in fraud; ` +
      `${foreignCores.toFixed(1)} cores used by servers, this reader and others`,
  );
  console.log(
    `at ${steadyRate}/s: added p50 ${added.p50}, p95 ${added.p95}, p99 ${added.p99} ms ` +
      `(target p99 ≤ ${targets.addedP99Ms}), ${added.count} payments`,
  );
  return perSecond >= targets.perSecond && added.p99 <= targets.addedP99Ms;
}

type Publisher = ReturnType<TestWire['wire']['createPublisher']>;

async function publish(bench: TestWire, publisher: Publisher, count: number): Promise<void> {
  for (let at = 0; at < count; at += publishedAtOnce) {
    const length = Math.min(publishedAtOnce, count - at);
    await publisher.publishAll(Array.from({ length }, () => recordOf(bench)));
  }
}

const one = (kind: string, of: number): string => `${kind}-${Math.floor(Math.random() * of)}`;

function recordOf({ wire }: TestWire): OutboundRecord {
  const payer = one('payer', payers);
  const card_fingerprint = one('card', devices);
  const context = { ip: one('ip', devices), device_id: one('device', devices), card_fingerprint };
  const intent: PaymentIntent = samplePaymentIntent({
    ...{ intent_id: randomUUID(), payer_id: payer, payee_id: one('payee', payees) },
    ...{ payer_wallet_id: payer, accepted_at: Date.now(), amount_minor: 4_200n },
    context: { ...context, card_bin: null, country: null },
    payload_hash: createHash('sha256').update(payer).digest(),
  });
  return {
    topic: topics.paymentIntents.name,
    ...{ key: payer, partition: Number(payer.slice('payer-'.length)) % partitions },
    value: wire.codec.encode(topics.paymentIntents, intent),
    headers: { 'request-id': intent.intent_id },
  };
}

type Seen = {
  count(): number;
  reaches(count: number): Promise<void>;
  onRecord(listener: (requestId: string) => void): void;
  close(): Promise<void>;
};

/** Counts what arrives on `payment-scored`. */
function watchScored({ wire }: TestWire): Seen {
  const subscription = wire.createSubscription({
    ...{ group: 'fraud-bench', topics: [topics.paymentScored.name] },
  });
  let count = 0;
  let listener: (requestId: string) => void = () => undefined;
  subscription.start();
  const running = (async () => {
    for (;;) {
      const batch = await subscription.take(1_000);
      if (batch === null) return;
      count += batch.records.length;
      for (const { headers } of batch.records) listener(headers['request-id'] ?? '');
    }
  })();
  return {
    count: () => count,
    async reaches(wanted) {
      while (count < wanted) await sleep(1);
    },
    onRecord(next) {
      listener = next;
    },
    async close() {
      await subscription.stop();
      await running;
      await subscription.close();
    },
  };
}

function startFraud(
  { topicPrefix }: TestWire,
  { DATABASE_URL, rules }: { DATABASE_URL: string; rules: string },
): ChildProcess {
  return spawn(process.execPath, [entry, '--processors', 'fraud'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...{ DATABASE_URL, RULESET_FILE: rules, KAFKA_TOPIC_PREFIX: topicPrefix },
      ...{ REDIS_KEY_PREFIX: topicPrefix, STATUS_PORT: '0', LOG_LEVEL: 'warn' },
    },
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
