import { cpus, totalmem } from 'node:os';
import type { LedgerBenchOptions, Measured, Peers } from './bench.ts';

type Results = {
  options: LedgerBenchOptions;
  peers: Peers;
  /** Medians by the name of the variant. */
  variants: ReadonlyMap<string, Measured>;
  bytesPerTransfer: number;
};

type Check = { what: string; value: number; unit: string; atLeast?: number; atMost?: number };

/** Prints the medians and how they stand to the targets; true when all are met. */
export function printLedgerReport(results: Results): boolean {
  const { options, peers, variants } = results;
  console.log(`\nledger: ${machine()}`);
  console.log(
    `medians of ${options.rounds} interleaved rounds of ${options.seconds} s a variant\n`,
  );
  console.log('                              transfers/s  p50 ms  p99 ms   µs caller + Postgres');
  for (const [name, one] of variants) {
    const micros = `${one.callerMicros.toFixed(1)} + ${one.postgresMicros.toFixed(1)}`;
    const figures = [
      name.padEnd(30),
      String(Math.round(one.transfersPerSecond)).padStart(10),
      one.p50.toFixed(1).padStart(8),
      one.p99.toFixed(1).padStart(8),
      micros.padStart(16),
      one.refused > 0 ? `${one.refused} refused` : '',
      one.foreignCores > 0.2 ? `${one.foreignCores.toFixed(1)} cores used by others` : '',
    ];
    console.log(figures.join(' ').trimEnd());
  }
  console.log(
    `\nthe same server, 16 clients: TPC-B ${Math.round(peers.tpcb)}/s; a function for each ` +
      `transfer ${Math.round(peers.functionUniform)}/s, ${Math.round(peers.functionHot)}/s hot\n`,
  );
  return printChecks(checksOf(results));
}

/** Prints the speed with a short and with a long journal; true when it is kept. */
export function printHistoryReport(results: {
  short: Measured;
  long: Measured;
  entries: number;
}): boolean {
  const { short, long, entries } = results;
  console.log(`\nledger over its history: ${machine()}`);
  for (const [name, one] of Object.entries({ short, long })) {
    console.log(
      `${name.padEnd(6)} ${Math.round(one.transfersPerSecond)}/s, p50 ${one.p50.toFixed(1)} ms, ` +
        `CPU ${one.callerMicros.toFixed(1)} + ${one.postgresMicros.toFixed(1)} µs a transfer, ` +
        `${one.foreignCores.toFixed(1)} cores used by others`,
    );
  }
  const kept = long.transfersPerSecond / short.transfersPerSecond;
  const what = `speed kept at ${entries} entries`;
  return printChecks([{ what, value: kept, unit: '×', atLeast: 0.8 }]);
}

function checksOf({ peers, variants, bytesPerTransfer }: Results): Check[] {
  const of = (name: string, pick: (one: Measured) => number): number => {
    const one = variants.get(name);
    return one === undefined ? Number.NaN : pick(one);
  };
  const speed = (name: string): number => of(name, (one) => one.transfersPerSecond);
  const uniform = speed('batches of 500, uniform');
  const hot = speed('batches of 500, hot');
  const paced = '64 callers, paced, uniform';
  return [
    { what: 'batches of 500, uniform', value: uniform, unit: '/s', atLeast: 15_000 },
    { what: '  : TPC-B', value: uniform / peers.tpcb, unit: '×', atLeast: 5 },
    { what: 'batches of 500, hot', value: hot, unit: '/s', atLeast: 20_000 },
    { what: '  : TPC-B', value: hot / peers.tpcb, unit: '×', atLeast: 6 },
    {
      ...{ what: 'batches of 50, uniform', value: speed('batches of 50, uniform') },
      ...{ unit: '/s', atLeast: 10_000 },
    },
    {
      ...{ what: '  p50', value: of('batches of 50, uniform', ({ p50 }) => p50) },
      ...{ unit: 'ms', atMost: 5 },
    },
    {
      ...{ what: '64 callers, uniform', value: speed('64 callers, uniform') },
      ...{ unit: '/s', atLeast: 10_000 },
    },
    { what: '  p99 at 2,000/s', value: of(paced, ({ p99 }) => p99), unit: 'ms', atMost: 50 },
    {
      ...{ what: 'CPU a transfer, batches of 500', unit: 'µs', atMost: 80 },
      value: of('batches of 500, uniform', (one) => one.callerMicros + one.postgresMicros),
    },
    {
      ...{ what: 'holds : transfers', value: speed('holds, batches of 500') / uniform },
      ...{ unit: '×', atLeast: 0.5 },
    },
    {
      ...{ what: 'chains : transfers', value: speed('chains of 2, batches of 250') / uniform },
      ...{ unit: '×', atLeast: 0.5 },
    },
    { what: 'bytes a transfer', value: bytesPerTransfer, unit: '', atMost: 450 },
  ];
}

function printChecks(checks: readonly Check[]): boolean {
  let met = true;
  for (const { what, value, unit, atLeast = -Infinity, atMost = Infinity } of checks) {
    const isMet = value >= atLeast && value <= atMost;
    const target = atMost === Infinity ? `≥ ${atLeast}` : `≤ ${atMost}`;
    const shown = `${format(value)} ${unit}`.padStart(12);
    console.log(`${isMet ? '✓' : '✗'} ${what.padEnd(34)} ${shown}   target ${target} ${unit}`);
    met &&= isMet;
  }
  return met;
}

function machine(): string {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0]?.model}), ${memoryGiB} GiB, fsync on`;
}

function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}
