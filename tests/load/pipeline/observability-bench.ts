import { setTimeout as sleep } from 'node:timers/promises';
import { roles, type ProcessHandle } from '@wallet/stack';
import { startCollector } from '../../support/collector.ts';
import { cpuBetween, median, takeSnapshot } from '../accounting.ts';
import { startBenchSystem, type BenchSystem } from '../bench-system.ts';

const mostCost = 0.05;
const scrapeEveryMs = 5_000;
const fillRate = 2_500;
const drainTimeoutMs = 60_000;
const processors = 'fraud,settlement,commands,outbox,outcomes,notifications,timers';
const withoutMetrics = new URL('./without-metrics.ts', import.meta.url).href;

type Drain = { perSecond: number; cpuMicros: number };
type Side = { readonly name: string; readonly handle: ProcessHandle; readonly drains: Drain[] };

/**
 * What observing costs the pipeline: equal backlogs, drained in turn by a process whose metrics are
 * scraped and whose traces are recorded at the usual ratio, and by one that has neither. The edge
 * traces throughout. True when the median of throughput is lower by no more than a twentieth.
 */
export async function observabilityBench(options: {
  rounds: number;
  backlog: number;
}): Promise<boolean> {
  const collector = await startCollector();
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const system = await startBenchSystem([], endpoint);
  try {
    const [observed, bare] = await Promise.all([
      startSide(system, 'observed', endpoint),
      startSide(system, 'bare', { NODE_OPTIONS: `--import=${withoutMetrics}` }),
    ]);
    // The first turn of each is cold.
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const side of round % 2 === 0 ? [observed, bare] : [bare, observed]) {
        const drain = await drainBacklog(system, side, options.backlog);
        if (round > 0) side.drains.push(drain);
        console.log(`${side.name}: ${describe(drain)}${round > 0 ? '' : ' (warming up)'}`);
      }
    }
    return report(observed, bare, collector.spans().length);
  } finally {
    await system.close();
    await collector.close();
  }
}

async function startSide(
  { stack, env }: BenchSystem,
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<Side> {
  const handle = await stack.startProcess({
    ...{ role: `streams:${name}`, entry: roles.streams.entry, env: { ...env, ...more } },
    args: ['--processors', processors],
  });
  await handle.ready();
  await handle.stop();
  return { name, handle, drains: [] };
}

/** From the first record that is settled to the last. */
async function drainBacklog(system: BenchSystem, side: Side, count: number): Promise<Drain> {
  const { handle } = side;
  const already = await settledCount(system);
  const { ids } = await system.load(fillRate, Math.ceil(count / fillRate));
  await handle.restart();
  const scraping =
    side.name === 'observed' ? setInterval(() => scrape(handle), scrapeEveryMs) : null;
  try {
    await reaches(system, already + 1);
    const parts = [{ name: 'streams', pid: handle.pid() ?? 0 }];
    const [first, startedMs, before] = [
      await settledCount(system),
      performance.now(),
      takeSnapshot(parts),
    ];
    await reaches(system, already + ids.length);
    const seconds = (performance.now() - startedMs) / 1_000;
    const use = cpuBetween(before, takeSnapshot(parts));
    const done = already + ids.length - first;
    return { perSecond: done / seconds, cpuMicros: (use.microsByPart['streams'] ?? 0) / done };
  } finally {
    if (scraping !== null) clearInterval(scraping);
    await handle.stop();
  }
}

function scrape({ statusUrl }: ProcessHandle): void {
  fetch(`${statusUrl}/metrics`).then(
    (answer) => answer.arrayBuffer(),
    (error: unknown) => console.error(`a scrape failed: ${String(error)}`),
  );
}

async function reaches(system: BenchSystem, wanted: number): Promise<void> {
  const deadline = performance.now() + drainTimeoutMs;
  while ((await settledCount(system)) < wanted) {
    if (performance.now() > deadline) throw new Error('the backlog was not drained in time');
    await sleep(20);
  }
}

async function settledCount({ database }: BenchSystem): Promise<number> {
  const found = await database.knex.raw<{ rows: { count: string }[] }>(
    `select coalesce(sum(next_offset), 0) as count from consumer_offset
     where consumer_group = 'settlement' and topic = 'payment-scored'`,
  );
  return Number(found.rows[0]?.count ?? 0);
}

const describe = ({ perSecond, cpuMicros }: Drain): string =>
  `${Math.round(perSecond)} payments/s, ${cpuMicros.toFixed(0)} µs of CPU each`;

function report(observed: Side, bare: Side, spans: number): boolean {
  const of = ({ drains }: Side): Drain => ({
    perSecond: median(drains.map(({ perSecond }) => perSecond)),
    cpuMicros: median(drains.map(({ cpuMicros }) => cpuMicros)),
  });
  const [seen, unseen] = [of(observed), of(bare)];
  const lost = 1 - seen.perSecond / unseen.perSecond;
  const cpu = seen.cpuMicros / unseen.cpuMicros - 1;
  console.log(`observed: ${describe(seen)} (median), ${spans} spans`);
  console.log(`bare:     ${describe(unseen)} (median)`);
  console.log(
    `observability costs ${(lost * 100).toFixed(1)} % of throughput` +
      ` (target ≤ ${mostCost * 100} %), ${(cpu * 100).toFixed(1)} % of CPU a payment`,
  );
  return lost <= mostCost;
}
