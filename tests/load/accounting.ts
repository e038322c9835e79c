import { machineCpu, processCpuMicros, processTree, type MachineCpu } from './machine.ts';

/** Name of a part of the system and the process it runs as. */
export type Part = { name: string; pid: number };

type Snapshot = { atMs: number; machine: MachineCpu; byPart: Map<string, Map<number, number>> };

/** CPU used between two snapshots. Cores: CPU seconds per second. */
export type CpuUse = {
  seconds: number;
  microsByPart: Record<string, number>;
  totalMicros: number;
  cores: number;
  /** Cores used by whatever else runs on this machine: above 0.2 a round says little. */
  foreignCores: number;
  stealShare: number;
};

/** Reads the CPU time of every part, the children of each included. */
export function takeSnapshot(parts: readonly Part[]): Snapshot {
  const byPart = new Map<string, Map<number, number>>();
  for (const { name, pid } of parts) {
    const times = byPart.get(name) ?? new Map<number, number>();
    for (const member of processTree(pid)) {
      const micros = processCpuMicros(member);
      if (micros !== undefined) times.set(member, micros);
    }
    byPart.set(name, times);
  }
  return { atMs: performance.now(), machine: machineCpu(), byPart };
}

export function cpuBetween(before: Snapshot, after: Snapshot): CpuUse {
  const microsByPart: Record<string, number> = {};
  let totalMicros = 0;
  for (const [name, times] of after.byPart) {
    let used = 0;
    for (const [pid, micros] of times) used += micros - (before.byPart.get(name)?.get(pid) ?? 0);
    microsByPart[name] = used;
    totalMicros += used;
  }
  const seconds = (after.atMs - before.atMs) / 1_000;
  const busy = after.machine.busyMicros - before.machine.busyMicros;
  const total = after.machine.totalMicros - before.machine.totalMicros;
  const steal = after.machine.stealMicros - before.machine.stealMicros;
  return {
    seconds,
    microsByPart,
    totalMicros,
    cores: totalMicros / 1e6 / seconds,
    foreignCores: Math.max(0, (busy - totalMicros) / 1e6 / seconds),
    stealShare: total === 0 ? 0 : steal / total,
  };
}

/** Microseconds of CPU for each of `count` payments, by part, and in all. */
export function microsPerPayment(use: CpuUse, count: number): Record<string, number> {
  const rounded = (micros: number): number => Math.round((micros / Math.max(1, count)) * 10) / 10;
  const each = Object.entries(use.microsByPart).map(([name, micros]) => [name, rounded(micros)]);
  return { ...Object.fromEntries(each), total: rounded(use.totalMicros) } as Record<string, number>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
