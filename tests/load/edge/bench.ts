import { cpuBetween, takeSnapshot } from '../accounting.ts';
import { startBenchSystem, type BenchSystem } from '../bench-system.ts';
import { isolate, mingle } from '../cores.ts';
import { profileWhile } from '../cpu-profile.ts';
import { printEdgeReport, type EdgeRound, type EdgeRun } from './report.ts';
import type { LoadResult } from '../protocol.ts';

export type EdgeBenchOptions = {
  rounds: number;
  /** Least number of accepted payments behind each figure. */
  requests: number;
  steadyRate: number;
};

/** What saturates the edge without reaching its cap of requests in flight. */
const connections = 256;
const warmUpSeconds = 10;
/** A guess at the speed, to choose how long saturation lasts; the count is checked afterwards. */
const guessedRate = 5_000;
const profileSeconds = 10;

/**
 * What the edge costs for each accepted payment, publish included, with nobody behind it: its
 * intents stay in Kafka. Each round runs at a steady rate beside everything else, then at full
 * speed with a core of its own. CPU is user and system time of the whole process.
 */
export async function edgeBench(options: EdgeBenchOptions): Promise<boolean> {
  const { rounds, requests, steadyRate } = options;
  const inspectorPort = 19_000 + (process.pid % 1_000);
  const system = await startBenchSystem([], {
    NODE_OPTIONS: `--inspect-port=127.0.0.1:${inspectorPort}`,
  });
  try {
    await system.saturate(warmUpSeconds, connections);
    const done: EdgeRound[] = [];
    for (let number = 1; number <= rounds; number += 1) {
      console.log(`round ${number} of ${rounds}`);
      const steady = await measure(system, () =>
        system.load(steadyRate, Math.ceil(requests / steadyRate)),
      );
      isolate('edge', system.parts());
      const saturated = await measure(system, () =>
        system.saturate(Math.ceil(requests / guessedRate), connections),
      );
      mingle(system.parts());
      done.push({ steady, saturated });
    }
    const shares = await profileWhile(system.edge.pid() ?? 0, inspectorPort, () =>
      system.saturate(profileSeconds, connections),
    );
    return printEdgeReport({ rounds: done, shares, steadyRate });
  } finally {
    await system.close();
  }
}

async function measure(system: BenchSystem, load: () => Promise<LoadResult>): Promise<EdgeRun> {
  const before = takeSnapshot(system.parts());
  const result = await load();
  const use = cpuBetween(before, takeSnapshot(system.parts()));
  const accepted = result.ids.length;
  return {
    accepted,
    acceptedPerSecond: accepted / use.seconds,
    statuses: result.statuses,
    http: result.http,
    micros: (use.microsByPart.edge ?? 0) / accepted,
    edgeCores: (use.microsByPart.edge ?? 0) / 1e6 / use.seconds,
    use,
  };
}
