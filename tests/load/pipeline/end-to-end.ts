import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@wallet/core-ledger';
import { cpuBetween, median, microsPerPayment, takeSnapshot, type CpuUse } from '../accounting.ts';
import { startBenchSystem, type BenchSystem } from '../bench-system.ts';
import { createYardstick } from '../pgbench.ts';
import { printReport, type BacklogResult, type RateResult, type Round } from './report.ts';

export type EndToEndOptions = {
  rounds: number;
  /** Seconds of measured load at each rate. */
  seconds: number;
  steadyRate: number;
  sustainedRate: number;
  backlog: number;
  /** What each streams process runs. */
  split: readonly string[];
};

/** So long until Kafka, too, has compiled what it runs. */
const warmUp = { rate: 1_500, seconds: 30 };
const yardstickSeconds = 20;
const drainTimeoutMs = 120_000;

/**
 * The whole way of a payment on one machine: open loop at a steady and at a high rate, then a
 * backlog that waits in Kafka, each round beside pgbench on the same server. Latency from accepted
 * to captured is read from PostgreSQL's own commit time stamps.
 */
export async function endToEnd(options: EndToEndOptions): Promise<boolean> {
  const system = await startBenchSystem(options.split);
  try {
    const yardstick = createYardstick(`${system.stack.env.DATABASE_URL ?? ''}`);
    await yardstick.prepare();
    await system.load(warmUp.rate, warmUp.seconds);
    await drained(system.database);
    const rounds: Round[] = [];
    for (let number = 1; number <= options.rounds; number += 1) {
      console.log(`round ${number} of ${options.rounds}`);
      const tpcb = await yardstick.transactionsPerSecond(yardstickSeconds);
      const steady = await atRate(system, options.steadyRate, options.seconds);
      const sustained = await atRate(system, options.sustainedRate, options.seconds);
      const backlog = await drainBacklog(system, options.backlog);
      rounds.push({ tpcb, steady, sustained, backlog });
    }
    return printReport(options, rounds, median);
  } finally {
    await system.close();
  }
}

async function atRate(system: BenchSystem, rate: number, seconds: number): Promise<RateResult> {
  const { database } = system;
  const before = takeSnapshot(system.parts());
  const result = await system.load(rate, seconds);
  const use = cpuBetween(before, takeSnapshot(system.parts()));
  await drained(database);
  const accepted = result.ids.length;
  return {
    rate,
    acceptedPerSecond: accepted / seconds,
    statuses: result.statuses,
    broken: result.broken,
    http: result.http,
    captured: await capturedLatency(database, result.ids),
    lost: await missing(database, result.ids),
    ...costs(use, accepted),
  };
}

/** Stops the processors, lets intents pile up in Kafka, starts them again and takes the time. */
async function drainBacklog(system: BenchSystem, count: number): Promise<BacklogResult> {
  const { database, streams } = system;
  for (const handle of streams) handle.kill('SIGSTOP');
  const rate = 3_000;
  const result = await system.load(rate, Math.ceil(count / rate));
  const accepted = result.ids.length;
  const already = await settledCount(database);
  const before = takeSnapshot(system.parts());
  const startedAt = performance.now();
  for (const handle of streams) handle.kill('SIGCONT');
  const target = already + accepted;
  while ((await settledCount(database)) < target) {
    if (performance.now() - startedAt > drainTimeoutMs) break;
    await sleep(50);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const use = cpuBetween(before, takeSnapshot(system.parts()));
  await drained(database);
  return {
    intents: accepted,
    seconds,
    drainedPerSecond: accepted / seconds,
    lost: await missing(database, result.ids),
    ...costs(use, accepted),
  };
}

function costs(use: CpuUse, payments: number) {
  return {
    micros: microsPerPayment(use, payments),
    cores: use.cores,
    foreignCores: use.foreignCores,
    stealShare: use.stealShare,
  };
}

/** Waits until no more payments arrive in the ledger and the outbox is empty. */
async function drained(database: Database): Promise<void> {
  const deadline = performance.now() + drainTimeoutMs;
  let last = -1;
  while (performance.now() < deadline) {
    const [count, unpublished] = await Promise.all([settledCount(database), outboxDepth(database)]);
    if (count === last && unpublished === 0) return;
    last = count;
    await sleep(500);
  }
}

/** How many records settlement has committed: its offsets tell it without counting rows. */
async function settledCount(database: Database): Promise<number> {
  const found = await database.knex.raw<{ rows: { count: string }[] }>(
    `select coalesce(sum(next_offset), 0) as count from consumer_offset
     where consumer_group = 'settlement' and topic = 'payment-scored'`,
  );
  return Number(found.rows[0]?.count ?? 0);
}

async function outboxDepth(database: Database): Promise<number> {
  const found = await database.knex.raw<{ rows: { count: string }[] }>(
    'select count(*) as count from outbox_batch where published_at is null',
  );
  return Number(found.rows[0]?.count ?? 0);
}

/** Ids that were acknowledged and have no payment: must be 0. */
async function missing(database: Database, ids: string[]): Promise<number> {
  const found = await database.knex.raw<{ rows: { count: string }[] }>(
    `select count(*) as count from unnest(?::uuid[]) as told(id)
     left join payment p on p.id = told.id where p.id is null`,
    [ids],
  );
  return Number(found.rows[0]?.count ?? ids.length);
}

/** Milliseconds from accepted to the commit of the capture (`track_commit_timestamp`). */
async function capturedLatency(database: Database, ids: string[]) {
  const found = await database.knex.raw<{ rows: Record<string, string>[] }>(
    `select count(*) as count,
       percentile_disc(array[0.5, 0.95, 0.99, 1.0]) within group (order by ms) as quantiles
     from (
       select extract(epoch from pg_xact_commit_timestamp(p.xmin) - p.accepted_at) * 1000 as ms
       from unnest(?::uuid[]) as told(id) join payment p on p.id = told.id
       where p.status = 'captured'
     ) as latency`,
    [ids],
  );
  const row = found.rows[0] as unknown as { count: string; quantiles: string[] | null };
  const [p50, p95, p99, max] = (row.quantiles ?? []).map((ms) => Math.round(Number(ms)));
  return { count: Number(row.count), p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}
