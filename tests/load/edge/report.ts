import { median, microsPerPayment, type CpuUse } from '../accounting.ts';
import type { CpuShares } from '../cpu-profile.ts';
import type { LatencySummary } from '../latencies.ts';

export type EdgeRun = {
  accepted: number;
  acceptedPerSecond: number;
  statuses: Record<string, number>;
  http: LatencySummary;
  /** Microseconds of the edge's CPU for each accepted payment. */
  micros: number;
  edgeCores: number;
  use: CpuUse;
};

export type EdgeRound = { steady: EdgeRun; saturated: EdgeRun };

const mostMicros = 150;
const leastPerSecond = 5_000;
/** Parts below this share of the profile are summed up as "others". */
const smallestShare = 0.01;

/** Prints the rounds, their medians, the targets and where the CPU goes; true when all are met. */
export function printEdgeReport(found: {
  rounds: readonly EdgeRound[];
  shares: CpuShares;
  steadyRate: number;
}): boolean {
  const { rounds, shares, steadyRate } = found;
  for (const { steady, saturated } of rounds) {
    printRun(`${steadyRate}/s steady`, steady);
    printRun('saturated, own core', saturated);
  }
  const of = (pick: (round: EdgeRound) => number): number => median(rounds.map(pick));
  const steadyMicros = of(({ steady }) => steady.micros);
  const saturatedMicros = of(({ saturated }) => saturated.micros);
  const rate = of(({ saturated }) => saturated.acceptedPerSecond);
  printShares(shares, saturatedMicros);
  const checks = [
    [`µs of CPU at ${steadyRate}/s`, steadyMicros, `≤ ${mostMicros}`, steadyMicros <= mostMicros],
    ['µs of CPU, saturated', saturatedMicros, `≤ ${mostMicros}`, saturatedMicros <= mostMicros],
    ['accepted/s on one core', rate, `≥ ${leastPerSecond}`, rate >= leastPerSecond],
  ] as const;
  for (const [what, value, target, met] of checks) {
    console.log(`${met ? '✓' : '✗'} ${what.padEnd(26)} ${value.toFixed(0).padStart(7)}  ${target}`);
  }
  return checks.every(([, , , met]) => met);
}

function printRun(what: string, run: EdgeRun): void {
  const { http, use } = run;
  const others = Object.entries(microsPerPayment(use, run.accepted))
    .filter(([name]) => name !== 'edge' && name !== 'total')
    .map(([name, micros]) => `${name} ${Math.round(micros)}`);
  console.log(
    `  ${what.padEnd(20)} ${run.accepted} accepted, ${Math.round(run.acceptedPerSecond)}/s ` +
      `${JSON.stringify(run.statuses)}; edge ${run.micros.toFixed(1)} µs, ` +
      `${run.edgeCores.toFixed(2)} cores; ` +
      `http ms p50 ${http.p50} p99 ${http.p99} max ${http.max}; ` +
      `foreign ${use.foreignCores.toFixed(2)}; others µs: ${others.join(', ')}`,
  );
}

/** Of the main thread: garbage collection and compilation on other threads come on top. */
function printShares(shares: CpuShares, micros: number): void {
  const large = shares.filter(({ share }) => share >= smallestShare);
  const rest = 1 - large.reduce((sum, { share }) => sum + share, 0);
  console.log('where the main thread spends it, saturated:');
  for (const { part, share } of [...large, { part: 'others', share: rest }]) {
    const percent = (share * 100).toFixed(1);
    console.log(`  ${part.padEnd(28)} ${percent.padStart(5)} %  ${(share * micros).toFixed(1)} µs`);
  }
}
