import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPhases, createStack, type Server, type Stack } from '@wallet/stack';
import { createRawKafka, type RawKafka } from '@wallet/schemas/testing';
import { simulate } from '../../simulate/simulation.ts';
import type { Resident } from '../../support/api.ts';
import type { ServerAddresses } from '../../support/server-addresses.ts';
import { startSystem, type System } from '../../support/system.ts';
import { mountSmallDisk, type SmallDisk } from './disk.ts';

/** The whole product under load, to be harmed. */
export type World = {
  readonly system: System;
  readonly raw: RawKafka;
  /** Somebody who pays, and somebody who is paid. */
  readonly ann: Resident;
  readonly bob: Resident;
  /** Status address of each process by its role. */
  readonly targets: ReadonlyMap<string, string>;
  /** One of its own servers. @throws when it has none */
  server(name: string): Server;
  /** The disk of a server alone. @throws as above */
  disk(owner: DiskOwner): SmallDisk;
  /** Resolves when a payment goes through from end to end again. */
  untilWell(): Promise<void>;
  close(): Promise<void>;
};

type DiskOwner = 'kafka' | 'redis';

/** What follows from a commit; the stages before it can each be away alone. */
export const afterwards = 'outcomes,notifications,timers,backtests,shadow';
const stages = ['fraud', 'settlement', 'commands', 'tickets', 'outbox', afterwards];
const alone = [...stages, 'webhooks', 'emails'];
const together = [stages.join(), 'webhooks,emails'];
const wellWithinMs = 120_000;

/**
 * @param options.rate acts of the simulator a second
 * @param options.ownServers servers of its own, with small disks (needs root), and each stage in a
 *   process of its own; else the servers of the environment, and two processes with all stages
 */
export async function openWorld(options: {
  rate: number;
  seed: number;
  ownServers: boolean;
  say: (line: string) => void;
}): Promise<World> {
  const servers = options.ownServers ? await startServers() : null;
  const processors = servers === null ? together : alone;
  const system = await startSystem({
    ...(servers === null ? {} : { servers: addressesOf(servers.stack.env) }),
    ...{ processors, monitor: true, seed: true, heartbeat: true },
    env: { MAIL_PAGE_PORT: '0' }, // e-mails go nowhere but to the sink of their stage
  }).catch(async (error: unknown) => {
    await servers?.remove();
    throw error;
  });
  const [ann, bob] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.customerWith(1_000_000),
  ]);
  const raw = await createRawKafka(system);
  const pipeline = [...processors, 'monitor'].map((one) => `streams:${one}`);
  const roles = ['edge', 'identity', ...pipeline];
  const day = startDay(system, options);
  return {
    ...{ system, raw, ann, bob },
    targets: new Map(roles.map((role) => [role, new URL(system.process(role).statusUrl).host])),
    server: (name) => ours(servers).stack.server(name),
    disk: (owner) => ours(servers).disks[owner],
    untilWell: async () => {
      await system.waitFor(
        async () => {
          const order = { from: ann.walletId, to: bob.walletId, amountMinor: 700 };
          return (await ann.pay(order, { wait: 5 })).status === 200;
        },
        'a payment to go through',
        wellWithinMs,
      );
    },
    async close() {
      await day.end();
      await raw.close();
      await system.stop();
      await servers?.remove();
    },
  };
}

type OwnServers = {
  stack: Stack;
  disks: Readonly<Record<DiskOwner, SmallDisk>>;
  remove(): Promise<void>;
};

async function startServers(): Promise<OwnServers> {
  const dataDir = mkdtempSync(join(tmpdir(), 'wallet-faults-'));
  chmodSync(dataDir, 0o755); // PostgreSQL may run as another user than we
  const diskOf = (owner: DiskOwner): SmallDisk => {
    mkdirSync(join(dataDir, owner));
    return mountSmallDisk(join(dataDir, owner));
  };
  const disks = { kafka: diskOf('kafka'), redis: diskOf('redis') };
  const stack = await createStack({
    dataDir,
    services: ['postgres', 'redis', 'kafka', 'registry'],
    ...{ named: {}, docker: false, supervise: false, phases: createPhases(null) },
  });
  return {
    ...{ stack, disks },
    async remove() {
      await stack.close();
      for (const disk of Object.values(disks)) disk.unmount();
      await stack.destroy();
    },
  };
}

function ours(servers: OwnServers | null): OwnServers {
  if (servers !== null) return servers;
  throw new Error('the servers belong to others here');
}

function addressesOf(named: Readonly<Record<string, string>>): ServerAddresses {
  const { DATABASE_URL = '', REDIS_URL = '', KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '' } = named;
  return { DATABASE_URL, REDIS_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL };
}

/** The simulator's people, for as long as it takes; what faults do to their books is not judged. */
function startDay(
  { edgeUrl, databaseUrl }: System,
  { rate, seed, say }: { rate: number; seed: number; say: (line: string) => void },
): { end(): Promise<void> } {
  const over = new AbortController();
  const seconds = 86_400;
  const settings = { rate, seconds, seed, edgeUrl, databaseUrl };
  const lived = simulate(settings, () => undefined, over.signal).catch((error: unknown) =>
    say(`the simulated day ended: ${String(error).slice(0, 200)}`),
  );
  return {
    async end() {
      over.abort();
      await Promise.race([lived, new Promise((resolve) => setTimeout(resolve, 5_000))]);
    },
  };
}
