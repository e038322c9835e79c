import { cpus, totalmem } from 'node:os';
import type { EndToEndOptions } from './end-to-end.ts';
import type { LatencySummary } from '../latencies.ts';

type Costs = {
  /** Microseconds of CPU for each payment, by part of the system. */
  micros: Record<string, number>;
  cores: number;
  foreignCores: number;
  stealShare: number;
};

export type RateResult = Costs & {
  rate: number;
  acceptedPerSecond: number;
  statuses: Record<string, number>;
  broken: number;
  http: LatencySummary;
  captured: LatencySummary;
  lost: number;
};

export type BacklogResult = Costs & {
  intents: number;
  seconds: number;
  drainedPerSecond: number;
  lost: number;
};

export type Round = {
  tpcb: number;
  steady: RateResult;
  sustained: RateResult;
  backlog: BacklogResult;
};

type Check = { what: string; value: string; target: string; met: boolean };
type Median = (values: readonly number[]) => number;

/** Prints the rounds, their medians and how they stand to the targets; true when all are met. */
export function printReport(options: EndToEndOptions, rounds: Round[], median: Median): boolean {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  console.log(`\nend-to-end: ${cpus().length} cores (${cpus()[0]?.model}), ${memoryGiB} GiB`);
  console.log(`medians of ${rounds.length} interleaved rounds of ${options.seconds} s a rate\n`);
  rounds.forEach(printRound);
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const tpcb = of((round) => round.tpcb);
  const sustained = of((round) => round.sustained.acceptedPerSecond);
  const drained = of((round) => round.backlog.drainedPerSecond);
  const lost = rounds.reduce(
    (sum, round) => sum + round.steady.lost + round.sustained.lost + round.backlog.lost,
    0,
  );
  const checks = [
    atMost(
      'steady p99 accepted→captured',
      of((round) => round.steady.captured.p99),
      100,
      'ms',
    ),
    atMost(
      'sustained p99 accepted→captured',
      of((round) => round.sustained.captured.p99),
      300,
      'ms',
    ),
    atLeast('sustained rate', sustained, options.sustainedRate * 0.99, '/s'),
    atLeast('backlog drained at', drained, 6_000, '/s'),
    atLeast('sustained : TPC-B', sustained / tpcb, 1, '×'),
    atLeast('backlog : TPC-B', drained / tpcb, 2, '×'),
    atMost('accepted and lost', lost, 0, ''),
  ];
  console.log(`\npgbench TPC-B (scale 10, 16 clients): ${Math.round(tpcb)}/s`);
  for (const { what, value, target, met } of checks)
    console.log(`${met ? '✓' : '✗'} ${what.padEnd(34)} ${value.padStart(10)}   target ${target}`);
  printCosts(
    'CPU µs a payment, steady',
    rounds.map((round) => round.steady),
    median,
  );
  printCosts(
    'CPU µs a payment, sustained',
    rounds.map((round) => round.sustained),
    median,
  );
  printCosts(
    'CPU µs a payment, backlog',
    rounds.map((round) => round.backlog),
    median,
  );
  return checks.every(({ met }) => met);
}

function printRound({ tpcb, steady, sustained, backlog }: Round, index: number): void {
  console.log(`round ${index + 1}: TPC-B ${Math.round(tpcb)}/s`);
  for (const result of [steady, sustained]) {
    const { captured, http } = result;
    console.log(
      `  ${result.rate}/s: accepted ${Math.round(result.acceptedPerSecond)}/s ` +
        `${JSON.stringify(result.statuses)}; captured ms p50 ${captured.p50} p95 ${captured.p95} ` +
        `p99 ${captured.p99} max ${captured.max}; http ms p50 ${http.p50} p99 ${http.p99}; ` +
        `cores ${result.cores.toFixed(2)}, foreign ${result.foreignCores.toFixed(2)}, ` +
        `lost ${result.lost}`,
    );
  }
  console.log(
    `  backlog of ${backlog.intents}: ${Math.round(backlog.drainedPerSecond)}/s in ` +
      `${backlog.seconds.toFixed(1)} s; cores ${backlog.cores.toFixed(2)}, ` +
      `foreign ${backlog.foreignCores.toFixed(2)}, lost ${backlog.lost}`,
  );
}

function printCosts(title: string, results: readonly Costs[], median: Median): void {
  const parts = Object.keys(results[0]?.micros ?? {});
  const line = parts.map((part) => {
    const value = median(results.map((result) => result.micros[part] ?? 0));
    return `${part} ${Math.round(value)}`;
  });
  console.log(`${title}: ${line.join(', ')}`);
}

function atMost(what: string, value: number, target: number, unit: string): Check {
  return {
    what,
    value: `${format(value)} ${unit}`,
    target: `≤ ${target} ${unit}`,
    met: value <= target,
  };
}

function atLeast(what: string, value: number, target: number, unit: string): Check {
  return {
    what,
    value: `${format(value)} ${unit}`,
    target: `≥ ${target} ${unit}`,
    met: value >= target,
  };
}

function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}
