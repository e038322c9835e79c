import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

/** A Redis that a test may flush, stop and kill. */
export type OwnRedis = {
  readonly url: string;
  flush(): Promise<void>;
  /** Is there a key that ends so? */
  hasKey(ending: string): Promise<boolean>;
  /** Stops the process in mid-air: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Ends the process; its memory is gone. */
  kill(): Promise<void>;
  /** Starts it again on its port, empty. */
  start(): Promise<void>;
};

/**
 * Runs what `REDIS_SERVER` names, else `redis-server` of the PATH; it keeps nothing on disk.
 * @throws when there is none
 */
export async function createOwnRedis(): Promise<OwnRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
    const program = process.env['REDIS_SERVER'] ?? 'redis-server';
    child = spawn(program, options, { stdio: 'ignore' });
    await once(child, 'spawn');
    await withRedis(url, async (redis) => void (await redis.ping()));
  };
  await start();
  return {
    url,
    start,
    flush: () => withRedis(url, async (redis) => void (await redis.flushall())),
    hasKey: (ending) =>
      withRedis(url, async (redis) => (await redis.keys(`*${ending}`)).length > 0),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  // Waits for the server to come up: commands queue until it has.
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {
    // Not up yet: it tries again by itself.
  });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
