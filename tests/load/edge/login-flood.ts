import { startBenchSystem } from '../bench-system.ts';
import { createLatencies, type LatencySummary } from '../latencies.ts';

/** Payments beside logins: attempts a second, and how much slower payments may become. */
const loginRate = 50;
const mostTimes = 2;
/** A p99 below this is noise of the machine. */
const floorMs = 10;
const split = ['fraud', 'settlement,commands,outbox,outcomes,notifications,timers'];

type Flood = { statuses: Record<string, number>; latency: LatencySummary };

/**
 * Payments at a steady rate, alone and beside a flood of logins with wrong passwords, each from an
 * account of its own so that no lock-out stops it. Met when the p99 of the acknowledgement of a
 * payment is at most twice what it is without the flood.
 */
export async function loginFlood(options: { seconds: number; rate: number }): Promise<boolean> {
  const { seconds, rate } = options;
  const system = await startBenchSystem(split);
  try {
    await system.load(rate, 5); // warms up: code is compiled, connections are open
    const alone = await system.load(rate, seconds);
    const [beside, flood] = await Promise.all([
      system.load(rate, seconds),
      floodWithLogins(system.edgeUrl, seconds),
    ]);
    const bound = Math.max(floorMs, alone.http.p99) * mostTimes;
    console.log(`payments alone          ${lineOf(alone.http)} ${JSON.stringify(alone.statuses)}`);
    console.log(
      `payments beside logins  ${lineOf(beside.http)} ${JSON.stringify(beside.statuses)}`,
    );
    console.log(
      `logins                  ${lineOf(flood.latency)} ${JSON.stringify(flood.statuses)}`,
    );
    const met = beside.http.p99 <= bound;
    console.log(`${met ? '✓' : '✗'} p99 beside logins ${beside.http.p99} ms, at most ${bound} ms`);
    return met;
  } finally {
    await system.close();
  }
}

function lineOf({ count, p50, p95, p99, max }: LatencySummary): string {
  return `n ${count}, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, max ${max} ms`;
}

/** Attempts leave at a constant rate whatever the answers do. */
async function floodWithLogins(edgeUrl: string, seconds: number): Promise<Flood> {
  const statuses: Record<string, number> = {};
  const latencies = createLatencies();
  const attempts: Promise<void>[] = [];
  const attempt = async (index: number): Promise<void> => {
    const startMs = performance.now();
    const json = { email: `flood-${process.pid}-${index}@bench.test`, password: 'a wrong one' };
    const response = await fetch(`${edgeUrl}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    });
    await response.arrayBuffer();
    latencies.add(performance.now() - startMs);
    statuses[response.status] = (statuses[response.status] ?? 0) + 1;
  };
  const startMs = performance.now();
  for (let index = 0; index < loginRate * seconds; index += 1) {
    const dueMs = startMs + (index * 1_000) / loginRate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    attempts.push(attempt(index));
  }
  await Promise.all(attempts);
  return { statuses, latency: latencies.summary() };
}
