import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPhases, createStack, type StackFile } from '@wallet/stack';
import { Redis } from 'ioredis';
import { waitFor } from '../support/wait-for.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const serverVariables = ['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL'];
const allVariables = [...serverVariables, 'PROMETHEUS_URL'];

/** `npm run stack`, as a child of the test: servers only, through boot.mjs. */
type Launcher = {
  child: ChildProcessWithoutNullStreams;
  output: () => string;
  ended: Promise<number | null>;
  dataDir: string;
};

let folder: string;
const launchers: Launcher[] = [];

/** The environment without any server named in it, then `more`. */
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !allVariables.includes(name));
  return { ...Object.fromEntries(kept), WALLET_DOCKER: '0', ...more };
};

const launch = (name: string, env: NodeJS.ProcessEnv = environment()): Launcher => {
  const args = ['ops/stack/boot.mjs', 'ops/stack/src/serve.ts', '--data', join(folder, name)];
  return watch(name, spawn(process.execPath, args, { cwd: root, env }));
};

const watch = (name: string, child: ChildProcessWithoutNullStreams): Launcher => {
  const dataDir = join(folder, name);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const launcher = { child, output: () => text, ended, dataDir };
  launchers.push(launcher);
  return launcher;
};

/** Waits until the addresses are printed: the last line of a start. */
const ready = async (launcher: Launcher): Promise<void> => {
  const printed = (): boolean =>
    serverVariables.every((name) => launcher.output().includes(`\n${name}=`));
  const ended = () => launcher.child.exitCode !== null;
  await waitFor(async () => printed() || ended(), 'the addresses of the servers', 120_000);
  if (!printed()) throw new Error(`the launcher ended:\n${launcher.output()}`);
};

const addressOf = (launcher: Launcher, variable: string): string =>
  new RegExp(`^${variable}=(.+)$`, 'm').exec(launcher.output())?.[1] ?? '';

const stackFileOf = ({ dataDir }: Launcher): StackFile =>
  JSON.parse(readFileSync(join(dataDir, 'run/stack.json'), 'utf8')) as StackFile;

const serverPids = (launcher: Launcher): number[] =>
  stackFileOf(launcher).servers.map(({ pid }) => pid ?? 0);

/** A zombie has ended: it waits only for its parent to notice. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // no such process
  }
};

const allGone = (pids: number[]): Promise<true> =>
  waitFor(async () => !pids.some(isAlive), `the end of processes ${pids.join(', ')}`, 30_000);

const withRedis = async <T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
};

/** The process that runs serve.ts: the child of boot.mjs, recorded as the launcher. */
const launcherPid = ({ dataDir }: Launcher): number => {
  const record = JSON.parse(readFileSync(join(dataDir, 'run/pids.json'), 'utf8')) as {
    launcher: { pid: number };
  };
  return record.launcher.pid;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'launcher-'));
  chmodSync(folder, 0o755); // PostgreSQL may run as another user
});
afterEach(async () => {
  for (const { child, ended } of launchers.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the launcher', () => {
  test('killed with -9 it leaves nothing, and the next start finds its data', async () => {
    const first = launch('killed');
    await ready(first);
    const pids = serverPids(first);
    expect(pids).toHaveLength(first.output().includes('PROMETHEUS_URL=') ? 5 : 4);
    await withRedis(addressOf(first, 'REDIS_URL'), (redis) => redis.set('kept', 'yes'));
    process.kill(launcherPid(first), 'SIGKILL');
    await allGone(pids);
    await first.ended;

    const second = launch('killed');
    await ready(second);
    for (const name of serverVariables)
      expect(addressOf(second, name)).toBe(addressOf(first, name));
    const kept = await withRedis(addressOf(second, 'REDIS_URL'), (redis) => redis.get('kept'));
    expect(kept).toBe('yes');

    const left = serverPids(second);
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
    await allGone(left);
  }, 240_000);

  test('a server that dies is there again within seconds, at its old address', async () => {
    const launcher = launch('supervised', environment(namedBut('REDIS_URL')));
    await ready(launcher);
    const [before] = serverPids(launcher);
    process.kill(before ?? 0, 'SIGKILL');
    const isBack = async () => ![before, 0].includes(serverPids(launcher)[0]);
    await waitFor(isBack, 'a new redis in stack.json', 5_000);
    const pong = await withRedis(addressOf(launcher, 'REDIS_URL'), (redis) => redis.ping());
    expect(pong).toBe('PONG');
    expect(launcher.output()).toContain('! redis ended (signal SIGKILL)');
  }, 60_000);

  test('npm killed with -9 takes the stack with it', async () => {
    const env = environment(namedBut('REDIS_URL'));
    const command = ['npm', 'run', 'stack', '--', '--data', join(folder, 'by-npm')];
    const launcher = watch('by-npm', spawn('/usr/bin/env', command, { cwd: root, env }));
    await ready(launcher);
    const pids = [...serverPids(launcher), launcherPid(launcher)];
    launcher.child.kill('SIGKILL');
    await allGone(pids);
  }, 60_000);

  test('two stacks run side by side', async () => {
    const stacks = [launch('left', environment(namedBut('DATABASE_URL', 'REDIS_URL')))];
    stacks.push(launch('right', environment(namedBut('DATABASE_URL', 'REDIS_URL'))));
    await Promise.all(stacks.map(ready));
    for (const variable of ['DATABASE_URL', 'REDIS_URL']) {
      const addresses = stacks.map((stack) => addressOf(stack, variable));
      expect(new Set(addresses).size).toBe(2);
    }
  }, 120_000);

  test('a second launcher on the same folder is turned away', async () => {
    const first = launch('shared', environment(namedBut('REDIS_URL')));
    await ready(first);
    const second = launch('shared', environment(namedBut('REDIS_URL')));
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(
      /Another stack \(process \d+\) is running in .*\n {2}→ Stop it/,
    );
    expect(serverPids(first).every(isAlive)).toBe(true);
  }, 60_000);

  test('servers that the environment names are neither started nor stopped', async () => {
    const named = namedBut();
    const launcher = launch('foreign', environment(named));
    await ready(launcher);
    for (const name of serverVariables) expect(addressOf(launcher, name)).toBe(named[name]);
    expect(stackFileOf(launcher).servers).toEqual([]);
    launcher.child.kill('SIGINT');
    expect(await launcher.ended).toBe(0);
    expect(await withRedis(named['REDIS_URL'] ?? '', (redis) => redis.ping())).toBe('PONG');
  }, 60_000);

  test('no Java: a sentence with its mend, no stack trace', async () => {
    const empty = mkdtempSync(join(folder, 'path-'));
    symlinkSync(process.execPath, join(empty, 'node'));
    const bare = { ...namedBut('KAFKA_BROKERS'), PATH: empty, JAVA_HOME: '' };
    const launcher = launch('no-java', environment(bare));
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toContain('Java is not on PATH; Kafka needs Java 17 or newer.\n  → ');
    expect(launcher.output()).not.toMatch(/\n\s+at /);
  }, 60_000);
});

/** The servers of this test run under their names, without those whose own start is the point. */
function namedBut(...own: string[]): NodeJS.ProcessEnv {
  const named = [...serverVariables, 'PROMETHEUS_URL'].filter((name) => !own.includes(name));
  return Object.fromEntries(
    named.map((name) => [name, process.env[name] ?? 'http://127.0.0.1:9/']),
  );
}

describe('a stack in the hands of a fault test', () => {
  test('three brokers with listeners for proxies; one is killed and comes back', async () => {
    const stack = await createStack({
      dataDir: join(folder, 'three'),
      services: ['kafka'],
      brokers: 3,
      proxiedPorts: [21_901, 21_902, 21_903],
      named: {},
      docker: false,
      phases: createPhases(null),
    });
    try {
      expect(stack.env['KAFKA_BROKERS']?.split(',')).toHaveLength(3);
      expect(stack.proxiedPort(2)).toBeGreaterThan(1024);
      const broker = stack.server('kafka-2');
      const pid = broker.pid();
      broker.kill('SIGKILL');
      expect(await broker.ended()).toBe('signal SIGKILL');
      expect(broker.pid()).toBeNull();
      await broker.restart();
      expect(broker.pid()).not.toBe(pid);
    } finally {
      await stack.destroy();
    }
  }, 180_000);
});
