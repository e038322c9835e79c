import { cpuBetween, median, takeSnapshot } from '../accounting.ts';
import { createFunctionPeer, type FunctionPeer } from './peers.ts';
import { printLedgerReport } from './report.ts';
import { quantile } from './drive.ts';
import { startLedgerSystem, type LedgerSystem } from './system.ts';
import { drive, variantsOf, type Variant } from './variants.ts';
import { createYardstick, type Yardstick } from '../pgbench.ts';

export type LedgerBenchOptions = {
  rounds: number;
  /** Seconds of each variant in each round. */
  seconds: number;
};

/** One variant in one round, or the medians of its rounds. Latencies are of calls. */
export type Measured = {
  transfersPerSecond: number;
  p50: number;
  p99: number;
  callerMicros: number;
  postgresMicros: number;
  refused: number;
  foreignCores: number;
};

export type Peers = { tpcb: number; functionUniform: number; functionHot: number };

const warmUpSeconds = 1;

/**
 * The ledger's own paths beside pgbench on the same server, interleaved: every round runs every
 * variant once, and what is told are the medians of the rounds. True when every target was met.
 */
export async function ledgerBench(options: LedgerBenchOptions): Promise<boolean> {
  const system = await startLedgerSystem();
  const yardstick = createYardstick(system.databaseUrl);
  const peer = createFunctionPeer(system.database, system.databaseUrl);
  try {
    await yardstick.prepare();
    await peer.prepare();
    const variants = variantsOf(system);
    for (const variant of variants) await drive(system, variant, warmUpSeconds);
    const measured = new Map<string, Measured[]>();
    const peers: Peers[] = [];
    const grown: Growth[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      console.log(`round ${round} of ${options.rounds}`);
      peers.push(await measurePeers(yardstick, peer, options.seconds));
      for (const variant of variants) {
        const before = await system.sizes();
        const one = await measure(system, variant, options.seconds);
        if (variant.name === sizedVariant) grown.push({ before, after: await system.sizes() });
        measured.set(variant.name, [...(measured.get(variant.name) ?? []), one]);
      }
    }
    return printLedgerReport({
      ...{ options, bytesPerTransfer: bytesEach(grown) },
      peers: mediansOf(peers),
      variants: new Map([...measured].map(([name, rounds]) => [name, mediansOf(rounds)])),
    });
  } finally {
    peer.close();
    await system.close();
  }
}

/** The variant whose rows are weighed and whose speed is compared over a long history. */
export const sizedVariant = 'batches of 500, uniform';

async function measurePeers(
  yardstick: Yardstick,
  peer: FunctionPeer,
  seconds: number,
): Promise<Peers> {
  return {
    tpcb: await yardstick.transactionsPerSecond(seconds),
    functionUniform: await peer.transfersPerSecond('uniform', seconds),
    functionHot: await peer.transfersPerSecond('hot', seconds),
  };
}

export async function measure(
  system: LedgerSystem,
  variant: Variant,
  seconds: number,
): Promise<Measured> {
  const before = takeSnapshot(system.parts());
  const driven = await drive(system, variant, seconds);
  const use = cpuBetween(before, takeSnapshot(system.parts()));
  const transfers = driven.items * variant.transfersPerItem;
  const micros = (part: string): number => (use.microsByPart[part] ?? 0) / Math.max(1, transfers);
  return {
    transfersPerSecond: transfers / driven.seconds,
    p50: quantile(driven.latencies, 0.5),
    p99: quantile(driven.latencies, 0.99),
    ...{ callerMicros: micros('caller'), postgresMicros: micros('postgres') },
    ...{ refused: driven.refused, foreignCores: use.foreignCores },
  };
}

type Sizes = Awaited<ReturnType<LedgerSystem['sizes']>>;

type Growth = { before: Sizes; after: Sizes };

/** Over all rounds: tables grow by many pages at once. */
function bytesEach(grown: readonly Growth[]): number {
  const total = (of: keyof Sizes): number =>
    grown.reduce((sum, { before, after }) => sum + after[of] - before[of], 0);
  return total('bytes') / total('transfers');
}

export function mediansOf<Row extends Record<string, number>>(rows: readonly Row[]): Row {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(rows.map((row) => row[name] ?? Number.NaN))]),
  ) as Row;
}
