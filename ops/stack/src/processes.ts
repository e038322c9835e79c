import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/**
 * When the process began, in the system's own notation, or null when there is none (a zombie counts
 * as gone). Together with the pid it names one process for ever; a pid alone is used again.
 */
export const startOf = (pid: number): string | null =>
  process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);

const startFromProc = (pid: number): string | null => {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // The file vanishes with the process.
    return null;
  }
  // The second field is the program's name in brackets and may hold blanks: count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
};

const startFromPs = (pid: number): string | null => {
  const result = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const started = result.stdout.trim();
  return result.status === 0 && started !== '' ? started : null;
};

/** Sends a signal; false when the process is gone already. */
export const signalProcess = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};
