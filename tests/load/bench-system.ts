import { fork, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMint } from '@wallet/api-edge/testing';
import { createDatabase, type Database } from '@wallet/core-ledger';
import {
  createPhases,
  createStack,
  deployDatabase,
  deployTopics,
  openSecrets,
  roles,
  type ProcessHandle,
  type Stack,
} from '@wallet/stack';
import type { Part } from './accounting.ts';
import { createPopulation } from './bench-population.ts';
import type { GeneratorReply, GeneratorRequest, LoadResult, PlannedRequest } from './protocol.ts';

/** The whole system on servers of its own, and a load generator beside it. */
export type BenchSystem = {
  stack: Stack;
  database: Database;
  readonly edgeUrl: string;
  /** Of our processes, for those that a benchmark starts itself. */
  readonly env: Readonly<Record<string, string>>;
  edge: ProcessHandle;
  /** The processors, in as many processes as were asked for. */
  streams: ProcessHandle[];
  /** Ids of the wallets that somebody is logged in for. */
  wallets: { customers: string[]; merchants: string[] };
  /** Every process whose CPU counts. */
  parts(): Part[];
  load(rate: number, seconds: number, connections?: number): Promise<LoadResult>;
  /** Sends what is planned, at that rate. */
  send(rate: number, planned: PlannedRequest[]): Promise<LoadResult>;
  /** Without a rate: each of so many connections sends as soon as it has its answer. */
  saturate(seconds: number, connections: number): Promise<LoadResult>;
  close(): Promise<void>;
};

const usualConnections = 256;
const edgePortWanted = 18_080;
const identityPortWanted = 18_082;
/** Longer than any run. */
const tokenSeconds = 4 * 3_600;

/**
 * @param split what each streams process runs, such as `['fraud', 'settlement,outbox']`
 * @param edgeEnv variables of the edge beside the usual ones
 */
export async function startBenchSystem(
  split: readonly string[],
  edgeEnv: Readonly<Record<string, string>> = {},
): Promise<BenchSystem> {
  const phases = createPhases();
  const dataDir = mkdtempSync(join(tmpdir(), 'wallet-bench-'));
  chmodSync(dataDir, 0o755); // as root, PostgreSQL runs as another user
  const stack = await createStack({
    dataDir,
    services: ['postgres', 'redis', 'kafka', 'registry'],
    jvm: { tiered: true },
    named: {},
    docker: false,
    phases,
  });
  const secrets = openSecrets(stack.dataDir, {});
  const identityPort = await stack.choosePort('identity', identityPortWanted);
  const issuer = `http://127.0.0.1:${identityPort}`;
  const env = {
    ...secrets,
    LOG_LEVEL: 'warn',
    WALLET_SANDBOX: 'true',
    IDENTITY_URL: issuer,
    IDENTITY_PORT: String(identityPort),
    WALLET_TOKEN_SECONDS: String(tokenSeconds),
  };
  await deployDatabase(stack, phases);
  await deployTopics(stack, phases);
  const database = createDatabase({
    url: stack.env.DATABASE_URL ?? '',
    applicationName: 'wallet bench',
    poolSize: 2,
  });
  const masterKey = secrets.WALLET_MASTER_KEY;
  const mint = await createMint({ db: database, masterKey, issuer, tokenSeconds });
  const population = await phases.run('population', () =>
    createPopulation(database, mint, tokenSeconds),
  );
  const edgePort = await stack.choosePort('edge', edgePortWanted);
  const streams = await Promise.all(
    split.map((processors) =>
      stack.startProcess({
        ...{ role: `streams:${processors}`, entry: roles.streams.entry, env },
        args: ['--processors', processors],
      }),
    ),
  );
  const identity = await stack.startProcess({ ...roles.identity, env });
  const edge = await stack.startProcess({
    ...roles.edge,
    env: { ...env, PORT: String(edgePort), ...edgeEnv },
  });
  await Promise.all([identity, edge, ...streams].map((handle) => handle.ready()));
  const generator = await startGenerator({
    command: 'prepare',
    port: edgePort,
    ...population,
    run: `bench-${process.pid}`,
  });
  return {
    stack,
    database,
    edgeUrl: `http://127.0.0.1:${edgePort}`,
    env,
    edge,
    streams,
    wallets: {
      customers: population.clients.map(({ walletId }) => walletId),
      merchants: population.merchants.map(({ walletId }) => walletId),
    },
    parts: () => [
      { name: 'edge', pid: edge.pid() ?? 0 },
      { name: 'identity', pid: identity.pid() ?? 0 },
      ...streams.map((handle) => ({ name: handle.role, pid: handle.pid() ?? 0 })),
      ...stack.servers.map((server) => ({ name: server.name, pid: server.pid() ?? 0 })),
      { name: 'load', pid: generator.pid ?? 0 },
    ],
    load: (rate, seconds, connections = usualConnections) =>
      ask(generator, { command: 'load', rate, seconds, connections }),
    send: (rate, planned) =>
      ask(generator, {
        ...{ command: 'load', rate, planned, connections: usualConnections },
        seconds: Math.ceil(planned.length / rate) + 1,
      }),
    saturate: (seconds, connections) =>
      ask(generator, { command: 'load', rate: null, seconds, connections }),
    async close() {
      generator.disconnect();
      await database.close();
      await stack.destroy();
    },
  };
}

async function startGenerator(prepare: GeneratorRequest): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)));
  const prepared = new Promise((resolve) => child.once('message', resolve));
  child.send(prepare);
  await prepared;
  return child;
}

function ask(child: ChildProcess, request: GeneratorRequest): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.once('message', (reply: GeneratorReply) => {
      child.removeAllListeners('exit');
      if (reply.kind === 'result') resolve(reply.result);
    });
    child.send(request);
  });
}
