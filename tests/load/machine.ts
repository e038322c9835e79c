import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of the whole machine, in microseconds since boot. */
export type MachineCpu = { busyMicros: number; stealMicros: number; totalMicros: number };

const microsPerTick = 10_000; // USER_HZ is 100 on every Linux that Node runs on

/** User plus system CPU time of one process in microseconds, or undefined when it is gone. */
export function processCpuMicros(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields === undefined
    ? undefined
    : (Number(fields[11]) + Number(fields[12])) * microsPerTick;
}

/** The process and all its children (PostgreSQL forks a backend for each connection). */
export function processTree(pid: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((candidate) => candidate > 0 && Number(statFields(candidate)?.[1]) === pid);
  return [pid, ...children];
}

export function machineCpu(): MachineCpu {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return {
    busyMicros: (total - idle) * microsPerTick,
    stealMicros: (ticks[7] ?? 0) * microsPerTick,
    totalMicros: total * microsPerTick,
  };
}

/** Everything behind the command name of `/proc/<pid>/stat`: field 0 is the state, 1 the parent. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // ended between two looks
    throw error;
  }
}
