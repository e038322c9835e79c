import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDatabase, migrate, type Database } from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, type Metrics } from '@wallet/runtime';
import { createWire, deployWire, type Wire } from '@wallet/schemas';
import { dropTopics } from '@wallet/schemas/testing';
import {
  createPhases,
  createStack,
  sandboxPassword,
  type ProcessHandle,
  type Stack,
} from '@wallet/stack';
import { createApi, type Api } from './api.ts';
import { tailOfLog } from './log-tail.ts';
import { newSecrets, serversOfEnvironment, type ServerAddresses } from './server-addresses.ts';
import { findSpilled } from './spilled.ts';
import { waitFor } from './wait-for.ts';

export type SystemOptions = {
  /** Default: those of the environment, with a database, topics and keys of this system alone. */
  servers?: ServerAddresses;
  /** What each streams process runs; default one process with the whole pipeline. */
  processors?: readonly string[];
  monitor?: boolean;
  /** The monitor pays, as one of the sandbox. */
  heartbeat?: boolean;
  /** Fill the sandbox with its users (customer1 …); what a test registers itself needs no such. */
  seed?: boolean;
  /** Default: the shipped rule set; `lenient` lets one payer pay as often as a test likes. */
  rules?: 'shipped' | 'lenient';
  /** Start again a process that ends by itself, as `npm start` does. */
  supervise?: boolean;
  /** Added to the environment of every process; wins. */
  env?: Readonly<Record<string, string>>;
};

/** The product's own processes against real servers, apart from everything else that uses them. */
export type System = {
  readonly edgeUrl: string;
  readonly databaseUrl: string;
  readonly topicPrefix: string;
  readonly brokers: readonly string[];
  readonly api: Api;
  /** Superuser's view of the system's database. */
  readonly db: Database;
  readonly wire: Wire;
  readonly metrics: Metrics;
  /** Roles as in stack.json: "edge", "identity", "streams", "streams:monitor". */
  process(role: string): ProcessHandle;
  /** All that a process has written so far. */
  logOf(role: string): string;
  /** Kills it and waits until it is gone. */
  kill(role: string, signal?: NodeJS.Signals): Promise<void>;
  /** Stops it if it runs, starts it, waits until it is ready. */
  restart(role: string): Promise<void>;
  /** Waits for a condition; when it does not come true, prints the ends of all logs. */
  waitFor: typeof waitFor;
  /** Runs a part of a test; when it fails, prints the ends of all logs. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Ends it, and fails when a log holds what no log may. */
  stop(): Promise<void>;
};

const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));
const edgeEntry = inRepository('api-edge/src/main.ts');
const identityEntry = inRepository('api-edge/src/identity-service/main.ts');
const streamsEntry = inRepository('streams/src/main.ts');
const lenientRules = inRepository('tests/support/lenient.rules');
const seedEntry = inRepository('api-edge/src/sandbox/seed.ts');
/** Far from the ports of `npm start`, below those Linux hands out by itself. */
const firstEdgePort = 23_080;
const firstIdentityPort = 23_082;

/** @throws when a server is not named or a process does not become ready; nothing stays behind */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const servers = options.servers ?? serversOfEnvironment();
  const database = options.servers === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = database?.url ?? servers.DATABASE_URL;
  const name = randomBytes(5).toString('hex');
  const env = {
    ...servers,
    DATABASE_URL: databaseUrl,
    KAFKA_TOPIC_PREFIX: `system-${name}.`,
    REDIS_KEY_PREFIX: `system-${name}:`,
    ...newSecrets(),
    WALLET_SANDBOX: 'true',
    LOG_LEVEL: 'info',
    WALLET_WEBHOOK_ALLOW: '127.0.0.1:20000-29999',
    ...(options.rules === 'lenient' ? { RULESET_FILE: lenientRules } : {}),
    ...options.env,
  };
  const stack = await createStack({
    dataDir: mkdtempSync(join(tmpdir(), 'wallet-system-')),
    services: ['postgres', 'redis', 'kafka', 'registry'],
    named: env,
    supervise: options.supervise ?? false,
    docker: false,
    phases: createPhases(null),
  });
  const cleanUp = async (): Promise<void> => {
    await stack.close();
    // Servers of its own end with the test; others would keep the topics for ever.
    if (database) await Promise.all([database.drop(), dropTopics(wireAddress(env))]);
    rmSync(stack.dataDir, { recursive: true, force: true });
  };
  try {
    await deploy(env, options.seed ?? false);
    const port = await stack.choosePort('edge', firstEdgePort);
    const identityPort = String(await stack.choosePort('identity', firstIdentityPort));
    await startProcesses(stack, options, {
      PORT: String(port),
      IDENTITY_PORT: identityPort,
      IDENTITY_URL: `http://127.0.0.1:${identityPort}`,
      ...(options.heartbeat === true
        ? { EDGE_URL: `http://127.0.0.1:${port}`, HEARTBEAT_PASSWORD: sandboxPassword }
        : {}),
      ...env,
    });
    return await assemble(stack, env, `http://127.0.0.1:${port}`, cleanUp);
  } catch (error) {
    printLogs(stack);
    await cleanUp();
    throw error;
  }
}

type Environment = ServerAddresses & { KAFKA_TOPIC_PREFIX: string } & Record<string, string>;

function wireAddress(env: Environment) {
  return {
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    topicPrefix: env.KAFKA_TOPIC_PREFIX,
    log: createLog({ role: 'test', level: 'error' }),
  };
}

/** The steps that come before the processes: schema, topics, sandbox. */
async function deploy(env: Environment, seed: boolean): Promise<void> {
  const db = createDatabase({ url: env.DATABASE_URL, applicationName: 'wallet system test' });
  try {
    await Promise.all([migrate(db), deployWire(wireAddress(env))]);
  } finally {
    await db.close();
  }
  if (!seed) return;
  await promisify(execFile)(process.execPath, [seedEntry], { env: { ...process.env, ...env } });
}

async function startProcesses(
  stack: Stack,
  { processors, monitor = false }: SystemOptions,
  env: Record<string, string>,
): Promise<void> {
  const split = (processors ?? []).map((names) => ({
    role: `streams:${names}`,
    entry: streamsEntry,
    args: ['--processors', names],
  }));
  const plans = [
    { role: 'identity', entry: identityEntry, args: [] },
    { role: 'edge', entry: edgeEntry, args: [] },
    ...(split.length > 0 ? split : [{ role: 'streams', entry: streamsEntry, args: [] }]),
    ...(monitor
      ? [{ role: 'streams:monitor', entry: streamsEntry, args: ['--processors', 'monitor'] }]
      : []),
  ];
  const handles = await Promise.all(plans.map((plan) => stack.startProcess({ ...plan, env })));
  await Promise.all(handles.map((handle) => handle.ready()));
}

async function assemble(
  stack: Stack,
  env: Environment,
  edgeUrl: string,
  cleanUp: () => Promise<void>,
): Promise<System> {
  const metrics = createMetrics({ role: 'test' });
  const wire = await createWire({ ...wireAddress(env), clientId: 'system-test', metrics });
  const db = createDatabase({ url: env.DATABASE_URL, applicationName: 'wallet system test' });
  const api = createApi(edgeUrl);
  const processOf = (role: string): ProcessHandle => {
    const handle = stack.processes.find((candidate) => candidate.role === role);
    if (handle !== undefined) return handle;
    throw new Error(`there is no process ${role}`);
  };
  const guard: System['guard'] = async (work) => {
    try {
      return await work();
    } catch (error) {
      printLogs(stack);
      throw error;
    }
  };
  return {
    edgeUrl,
    databaseUrl: env.DATABASE_URL,
    topicPrefix: env.KAFKA_TOPIC_PREFIX,
    brokers: env.KAFKA_BROKERS.split(','),
    api,
    db,
    wire,
    metrics,
    process: processOf,
    logOf: (role) => readFileSync(stack.logFile(role), 'utf8'),
    async kill(role, signal = 'SIGKILL') {
      const handle = processOf(role);
      const ended = handle.ended();
      handle.kill(signal);
      await ended;
    },
    restart: (role) => processOf(role).restart(),
    waitFor: (condition, what, timeoutMs) => guard(() => waitFor(condition, what, timeoutMs)),
    guard,
    async stop() {
      api.close();
      await Promise.all([wire.close(), db.close()]);
      const spilled = stack.processes.flatMap(({ role }) =>
        findSpilled(role, readFileSync(stack.logFile(role), 'utf8')),
      );
      await cleanUp();
      if (spilled.length > 0) throw new Error(spilled.join('\n'));
    },
  };
}

/** One failure often fails several waits at once: their logs would be the same. */
const quietMs = 5_000;
let lastPrintedMs = -quietMs;

function printLogs(stack: Stack): void {
  if (performance.now() - lastPrintedMs < quietMs) return;
  lastPrintedMs = performance.now();
  const tails = stack.processes.map(
    ({ role }) => `── end of the log of ${role}\n${tailOfLog(stack.logFile(role))}`,
  );
  process.stderr.write(`${tails.join('\n')}\n`);
}
