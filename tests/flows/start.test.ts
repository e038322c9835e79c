import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StackFile } from '@wallet/stack';
import { waitFor } from '../support/wait-for.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const foreign = [
  ...['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'PROMETHEUS_URL'],
  ...['PORT', 'STATUS_PORT', 'KAFKA_TOPIC_PREFIX', 'REDIS_KEY_PREFIX', 'WALLET_SANDBOX'],
];

/** `npm start` in a folder of its own, with all its own servers. */
const start = (dataDir: string, more: NodeJS.ProcessEnv = {}) => {
  const kept = Object.entries(process.env).filter(([name]) => !foreign.includes(name));
  const env = { ...Object.fromEntries(kept), WALLET_DOCKER: '0', ...more };
  const args = ['ops/stack/boot.mjs', 'ops/stack/src/start.ts', '--data', dataDir];
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, args, { cwd: root, env });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, output: () => text };
};

const stackFile = (dataDir: string): StackFile =>
  JSON.parse(readFileSync(join(dataDir, 'run/stack.json'), 'utf8')) as StackFile;

const pidsOf = ({ processes, servers }: StackFile): number[] =>
  [...processes, ...servers].map(({ pid }) => pid ?? 0);

const isAlive = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // no such process
  }
};

const isReady = async ({ processes }: StackFile): Promise<boolean> => {
  const answers = processes.map(({ status_url: url }) => fetch(`${url}/readyz`));
  return (await Promise.all(answers)).every(({ ok }) => ok);
};

describe('npm start', () => {
  let folder: string;
  let running: ReturnType<typeof start>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'start-'));
    chmodSync(folder, 0o755); // PostgreSQL may run as another user
    running = start(folder);
    const settled = async () =>
      running.output().includes('Ctrl-C stops everything') || running.child.exitCode !== null;
    await waitFor(settled, 'the end of npm start', 180_000);
    if (running.child.exitCode !== null) throw new Error(`it ended:\n${running.output()}`);
  }, 200_000);
  afterAll(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('the printed commands pay, and the payer finds a message', async () => {
    const [, commands] = /Paste this[^\n]*\n((?:.|\n)*?)\n\nCtrl-C/.exec(running.output()) ?? [];
    const { stdout } = await promisify(execFile)('sh', ['-c', commands ?? 'false']);
    const [payment, inbox] = stdout.trim().split('\n');
    expect(JSON.parse(payment ?? '')).toMatchObject({ object: 'payment', status: 'captured' });
    expect(inbox).toContain('payment.captured');
  }, 30_000);

  test('stack.json names every process and server, all alive and ready', async () => {
    const file = stackFile(folder);
    expect(file.processes.map(({ role }) => role).sort()).toEqual([
      'edge',
      'identity',
      'streams',
      'streams:backtests,shadow',
      'streams:monitor',
      'streams:webhooks,emails',
    ]);
    expect(pidsOf(file).every(isAlive)).toBe(true);
    expect(await isReady(file)).toBe(true);
    expect((await fetch(`${file.urls.edge}/openapi.json`)).ok).toBe(true);
  });

  const split = ['streams:backtests,shadow', 'streams:monitor', 'streams:webhooks,emails'];
  test.each(['edge', 'identity', 'streams', ...split])(
    '%s killed: back within 2 s',
    async (role) => {
      const find = () => stackFile(folder).processes.find((process) => process.role === role);
      const before = find()?.pid ?? 0;
      process.kill(before, 'SIGKILL');
      const isBack = async () => ![before, null].includes(find()?.pid ?? null);
      await waitFor(isBack, `a new process for ${role}`, 2_000);
      await waitFor(() => isReady(stackFile(folder)), 'all processes ready', 60_000);
    },
    90_000,
  );

  test('a port that somebody asked for and cannot have is one sentence', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const named = Object.fromEntries(
      Object.entries(stackFile(folder).urls).flatMap(([name, url]) =>
        url === null || variables[name] === undefined ? [] : [[variables[name], url]],
      ),
    ) as NodeJS.ProcessEnv;
    const second = start(join(folder, 'second'), { ...named, PORT: String(port) });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Port ${port} is taken by another program.\n  → Stop`);
    server.close();
  }, 60_000);

  test('Ctrl-C stops all and leaves no process', async () => {
    const pids = pidsOf(stackFile(folder));
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  }, 60_000);
});

test('a wrong environment is one message, exit code 2, and nothing is started', async () => {
  const wrong = start('/nonexistent', { PORT: 'eighty', REDIS_URL: 'here' });
  expect(await wrong.ended).toBe(2);
  expect(wrong.output()).toMatch(/not usable:\n(.|\n)*REDIS_URL must be(.|\n)*PORT must be/);
}, 30_000);

/** stack.json's names of addresses and the variables that carry them. */
const variables: Record<string, string> = {
  database: 'DATABASE_URL',
  redis: 'REDIS_URL',
  brokers: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  prometheus: 'PROMETHEUS_URL',
  alertmanager: 'ALERTMANAGER_URL',
};
