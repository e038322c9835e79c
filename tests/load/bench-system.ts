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
import type { GeneratorReply, GeneratorRequest, LoadResult } from './protocol.ts';

/** The whole system on servers of its own, and a load generator beside it. */
export type BenchSystem = {
  stack: Stack;
  database: Database;
  readonly edgeUrl: string;
  /** The processors, in as many processes as were asked for. */
  streams: ProcessHandle[];
  /** Every process whose CPU counts. */
  parts(): Part[];
  load(rate: number, seconds: number): Promise<LoadResult>;
  close(): Promise<void>;
};

const connections = 256;
const edgePortWanted = 18_080;
const identityPortWanted = 18_082;
/** Longer than any run. */
const tokenSeconds = 4 * 3_600;

/** @param split what each streams process runs, such as `['fraud', 'settlement,outbox']` */
export async function startBenchSystem(split: readonly string[]): Promise<BenchSystem> {
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
    env: { ...env, PORT: String(edgePort) },
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
    streams,
    parts: () => [
      { name: 'edge', pid: edge.pid() ?? 0 },
      { name: 'identity', pid: identity.pid() ?? 0 },
      ...streams.map((handle) => ({ name: handle.role, pid: handle.pid() ?? 0 })),
      ...stack.servers.map((server) => ({ name: server.name, pid: server.pid() ?? 0 })),
      { name: 'load', pid: generator.pid ?? 0 },
    ],
    load: (rate, seconds) => ask(generator, { command: 'load', rate, seconds, connections }),
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
