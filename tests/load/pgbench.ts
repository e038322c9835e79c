import { spawn } from 'node:child_process';
import { SetupFault } from '@wallet/stack';

/** TPC-B-like transactions a second of the same server in the same run: the machine's measure. */
export type Yardstick = {
  prepare(): Promise<void>;
  transactionsPerSecond(seconds: number): Promise<number>;
};

const scale = 10;
const clients = 16;

/** Needs `pgbench` on PATH (Debian: postgresql-contrib or postgresql-client). */
export function createYardstick(databaseUrl: string): Yardstick {
  return {
    prepare: async () => void (await run(['-i', '-q', '-s', String(scale), databaseUrl])),
    transactionsPerSecond: (seconds) => pgbench(databaseUrl, seconds, []),
  };
}

/** Transactions a second of 16 clients; without a script TPC-B-like ones. */
export async function pgbench(
  databaseUrl: string,
  seconds: number,
  script: readonly string[],
): Promise<number> {
  const options = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', ...script];
  const output = await run([...options, '-T', String(seconds), databaseUrl]);
  return Number(/tps = ([\d.]+)/.exec(output)?.[1] ?? Number.NaN);
}

function run(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('pgbench', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', () =>
      reject(
        new SetupFault(
          'pgbench is not on PATH: the ratios to TPC-B need it.',
          'Install it (Debian: apt-get install postgresql) or run with --yardstick none.',
        ),
      ),
    );
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`pgbench ended with ${code}:\n${output}`)),
    );
  });
}
