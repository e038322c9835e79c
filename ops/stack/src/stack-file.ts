import { join } from 'node:path';
import { replaceFile } from './durable-file.ts';
import type { Stack } from './stack.ts';

/** The shape of `<data dir>/run/stack.json`, which scripts and checks read. */
export type StackFile = {
  urls: {
    edge: string | null;
    registry: string | null;
    prometheus: string | null;
    alertmanager: string | null;
    database: string | null;
    redis: string | null;
    /** host:port, several separated by commas */
    brokers: string | null;
  };
  processes: { role: string; pid: number | null; status_url: string }[];
  /** Servers of our own; those that the environment names have only their URL above. */
  servers: { name: string; pid: number | null; url: string }[];
};

/** What is running now. `edge` is the public address, null while there is none. */
export const describeStack = (
  { env, processes, servers }: Pick<Stack, 'env' | 'processes' | 'servers'>,
  edge: string | null,
): StackFile => ({
  urls: {
    edge,
    registry: env['SCHEMA_REGISTRY_URL'] ?? null,
    prometheus: env['PROMETHEUS_URL'] ?? null,
    alertmanager: env['ALERTMANAGER_URL'] ?? null,
    database: env['DATABASE_URL'] ?? null,
    redis: env['REDIS_URL'] ?? null,
    brokers: env['KAFKA_BROKERS'] ?? null,
  },
  processes: processes.map(({ role, pid, statusUrl }) => ({
    role,
    pid: pid(),
    status_url: statusUrl,
  })),
  servers: servers.map(({ name, pid, url }) => ({ name, pid: pid(), url })),
});

/** Replaces the file at once: a reader never sees half of it. */
export const writeStackFile = (stack: Stack, edge: string | null): void => {
  const text = JSON.stringify(describeStack(stack, edge), null, 2);
  replaceFile(join(stack.dataDir, 'run/stack.json'), `${text}\n`);
};
