import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Part } from './accounting.ts';
import { processTree } from './machine.ts';

/** Gives one part of the system a core of its own, the first, and leaves the others to the rest. */
export function isolate(name: string, parts: readonly Part[]): void {
  const others = cpus().length > 1 ? `1-${cpus().length - 1}` : '0';
  for (const part of parts) pin(part, part.name === name ? '0' : others);
}

/** Every part may run everywhere again. */
export function mingle(parts: readonly Part[]): void {
  for (const part of parts) pin(part, `0-${cpus().length - 1}`);
}

function pin({ pid }: Part, cores: string): void {
  for (const member of processTree(pid)) {
    try {
      execFileSync('taskset', ['-acp', cores, String(member)], { stdio: 'ignore' });
    } catch (error) {
      // A connection's process may have ended between two looks; a machine without taskset may not.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw error;
    }
  }
}
