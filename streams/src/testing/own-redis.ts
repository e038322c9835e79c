import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequestBuffer, openRedisSession, type Reply } from '@wallet/runtime/redis';

/** A Redis of one test, to be stopped, emptied and filled as it likes. */
export type OwnRedis = {
  readonly url: string;
  /** Sends one command on a connection of its own. */
  ask(...parts: string[]): Promise<Reply>;
  /** Freezes the process: connections are accepted and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** kill -9; what was in memory is gone. */
  kill(): Promise<void>;
  /** Starts again on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Each gives the server a second to answer. */
const mostTries = 10;

/** Runs what `REDIS_SERVER` names, else `redis-server` of the PATH. @throws when there is none */
export async function createOwnRedis(extra: readonly string[] = []): Promise<OwnRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'wallet-redis-'));
  const password = extra[extra.indexOf('--requirepass') + 1] ?? '';
  const url = `redis://${extra.includes('--requirepass') ? `:${password}@` : ''}127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const program = process.env['REDIS_SERVER'] ?? 'redis-server';
    const started = spawn(program, [...place, '--save', '', ...extra], { stdio: 'pipe' });
    await once(started, 'spawn');
    child = started;
    for await (const lines of started.stdout) {
      if (String(lines).includes('Ready to accept connections')) break;
    }
  }

  async function kill(): Promise<void> {
    const ending = child;
    if (ending === null) return;
    child = null;
    const gone = once(ending, 'exit');
    ending.kill('SIGKILL');
    await gone;
  }

  await start();
  return {
    url,
    ask: (...parts) => ask(new URL(url), parts),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    ...{ kill, start },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server that a busy machine keeps from answering is asked again; a lost command is not. */
async function ask(target: URL, parts: readonly string[]): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await askOnce(target, parts);
    } catch (error) {
      if (tries === mostTries || !String(error).includes('handshake')) throw error;
    }
  }
}

function askOnce(target: URL, parts: readonly string[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const buffer = createRequestBuffer();
    const session = openRedisSession({
      ...{ target, prepare: [] },
      onReady() {
        buffer.command(parts.length);
        for (const part of parts) buffer.text(part);
        session.send(buffer.take(), 1, (reply) => {
          resolve(reply);
          session.end('done');
        });
      },
      onLost: (reason) => reject(new Error(reason)),
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
