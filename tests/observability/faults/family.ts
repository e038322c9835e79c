import { readFileSync, readdirSync } from 'node:fs';

/** Stops a process and its children, the parent first so that it makes no new ones. */
export function freezeFamily(pid: number): void {
  for (const member of family(pid)) process.kill(member, 'SIGSTOP');
}

export function thawFamily(pid: number): void {
  for (const member of family(pid).reverse()) process.kill(member, 'SIGCONT');
}

function family(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
  return [pid, ...children];
}

/** The fourth word of /proc/PID/stat; the second is a name in parentheses. */
function parentOf(pid: string): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null; // gone meanwhile
  }
}
