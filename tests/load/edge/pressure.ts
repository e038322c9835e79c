import { setTimeout as sleep } from 'node:timers/promises';
import { createLog, createMetrics } from '@wallet/runtime';
import { createWire, topics, type Wire } from '@wallet/schemas';
import { isolate } from '../cores.ts';
import { startBenchSystem, type BenchSystem } from '../bench-system.ts';
import type { LoadResult } from '../protocol.ts';

/** Times the rate that the whole system sustains on such a machine. */
const overload = 3;
const calmConnections = 256;
/** Enough for those in flight and those who have just been turned away. */
const overloadConnections = 3_000;
const warmUpSeconds = 10;
const beforeStopMs = 4_000;
const longestStopMs = 10_000;
const acceptedWithinMs = 1_000;
const refusedWithinMs = 100;
/** Heap and resident memory may be so much larger at the end than when it was warm. */
const flatWithin = 1.25;

type Memory = { heapMiB: number; residentMiB: number };

/**
 * Three times what the system can take for as long as asked, then SIGTERM in the middle of a load.
 * What was acknowledged is counted against the log: nobody takes from it, so its end offsets count
 * its records.
 */
export async function edgePressure(options: {
  seconds: number;
  sustainedRate: number;
}): Promise<boolean> {
  const system = await startBenchSystem([]);
  const log = createLog({ role: 'bench', level: 'error' });
  const wire = await createWire({
    brokers: (system.stack.env.KAFKA_BROKERS ?? '').split(','),
    registryUrl: system.stack.env.SCHEMA_REGISTRY_URL ?? '',
    ...{ clientId: 'bench', log, metrics: createMetrics({ role: 'bench' }) },
  });
  try {
    isolate('edge', system.parts()); // who sends must not take time from who answers
    await system.saturate(warmUpSeconds, calmConnections);
    const rate = overload * options.sustainedRate;
    const overloaded = await underOverload(system, wire, rate, options.seconds);
    const stopped = await stopUnderLoad(system, wire);
    return overloaded && stopped;
  } finally {
    await wire.close();
    await system.close();
  }
}

async function underOverload(
  system: BenchSystem,
  wire: Wire,
  rate: number,
  seconds: number,
): Promise<boolean> {
  const before = await intentsIn(wire);
  const memories: Memory[] = [];
  const sampler = setInterval(() => {
    readMemory(system).then(
      (memory) => memories.push(memory),
      () => undefined, // busy with the load: the next look will do
    );
  }, 1_000);
  const result = await system.load(rate, seconds, overloadConnections);
  clearInterval(sampler);
  const written = (await intentsIn(wire)) - before;
  const accepted = result.httpByStatus['202'];
  const refused = result.httpByStatus['503'];
  const grown = growthOf(memories);
  console.log(`${rate}/s for ${seconds} s: ${JSON.stringify(result.statuses)}`);
  return all([
    [`accepted p99 ${accepted?.p99} ms`, (accepted?.p99 ?? Infinity) <= acceptedWithinMs],
    [`refused p99 ${refused?.p99} ms`, (refused?.p99 ?? Infinity) <= refusedWithinMs],
    [`heap × ${grown.heap.toFixed(2)}`, grown.heap <= flatWithin],
    [`resident memory × ${grown.resident.toFixed(2)}`, grown.resident <= flatWithin],
    // The log may have what was published too late to be answered 202.
    [`${result.ids.length} accepted, ${written} in the log`, written >= result.ids.length],
  ]);
}

async function stopUnderLoad(system: BenchSystem, wire: Wire): Promise<boolean> {
  const before = await intentsIn(wire);
  const load = system.saturate(beforeStopMs / 1_000 + 2, calmConnections);
  await sleep(beforeStopMs);
  const ended = system.edge.ended();
  const signalledAt = performance.now();
  system.edge.kill('SIGTERM');
  const how = await ended;
  const tookMs = performance.now() - signalledAt;
  const result: LoadResult = await load;
  const written = (await intentsIn(wire)) - before;
  return all([
    [`SIGTERM: ended (${how}) after ${Math.round(tookMs)} ms`, tookMs <= longestStopMs],
    // The log may have what was published when the connection was already gone.
    [`${result.ids.length} accepted, ${written} in the log`, written >= result.ids.length],
  ]);
}

function all(checks: readonly (readonly [what: string, met: boolean])[]): boolean {
  for (const [what, met] of checks) console.log(`${met ? '✓' : '✗'} ${what}`);
  return checks.every(([, met]) => met);
}

async function intentsIn(wire: Wire): Promise<number> {
  const ends = await wire.admin.endOffsets(topics.paymentIntents.name);
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}

async function readMemory(system: BenchSystem): Promise<Memory> {
  const metrics = await (await fetch(`${system.edge.statusUrl}/metrics`)).text();
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1]) / 2 ** 20;
  return {
    heapMiB: mebibytes('nodejs_heap_used_bytes'),
    residentMiB: mebibytes('process_resident_memory_bytes'),
  };
}

/** The last quarter against the second: the heap goes up and down with its collections. */
function growthOf(memories: readonly Memory[]): { heap: number; resident: number } {
  const quarter = Math.floor(memories.length / 4);
  const most = (from: number, pick: (memory: Memory) => number): number =>
    Math.max(...memories.slice(from, from + quarter).map(pick));
  const last = memories.length - quarter;
  const ratio = (pick: (memory: Memory) => number): number =>
    most(last, pick) / most(quarter, pick);
  return { heap: ratio(({ heapMiB }) => heapMiB), resident: ratio((each) => each.residentMiB) };
}
