import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The edge as a process of its own, so that it can be ended as a supervisor would. */
export type EdgeProcess = {
  readonly child: ChildProcess;
  readonly port: number;
  readonly statusPort: number;
};

const main = new URL('../main.ts', import.meta.url).pathname;

/** Resolves when it serves; the caller ends it. Throws when it ends before. */
export async function startEdgeProcess(
  environment: Readonly<Record<string, string>>,
): Promise<EdgeProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH ?? '', ...environment, STATUS_PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { message: string; port: number; status_port: number };
    if (entry.message !== 'serving') continue;
    child.stdout.resume(); // nobody reads the rest, and a full pipe would stop it
    return { child, port: entry.port, statusPort: entry.status_port };
  }
  throw new Error('the edge ended before it served');
}
