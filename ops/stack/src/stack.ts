import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createChildren } from './children.ts';
import { createJars } from './jars.ts';
import { provideJava } from './java.ts';
import { createPackages } from './packages.ts';
import { createPhases, type Phases } from './phases.ts';
import { createPorts } from './ports.ts';
import { createProcess, type ProcessHandle, type ProcessPlan } from './process.ts';
import { startServers, type ServerChoice, type Servers } from './servers.ts';
import type { KafkaOptions } from './services/kafka.ts';
import { writeTargets } from './services/prometheus.ts';
import {
  serviceNames,
  type Server,
  type ServiceContext,
  type ServiceName,
} from './services/service.ts';
import { SetupFault } from './setup-fault.ts';

export type StackOptions = {
  /** The stack's folder; made if need be. Data, logs and pids live there. */
  dataDir: string;
  /** Which servers; default all. */
  services?: readonly ServiceName[];
  brokers?: KafkaOptions['brokers'];
  /** `tiered: false` starts Kafka 1 s faster, `true` saves a quarter of its CPU under load. */
  jvm?: { tiered: boolean };
  /** Broker n also listens for a proxy, and tells its clients to use port n of this list. */
  proxiedPorts?: readonly number[];
  /** Start again what dies: processes and servers. Fault tests do that themselves. */
  supervise?: boolean;
  /** Environment that may name foreign servers; `{}` = use none. Default: that of this process. */
  named?: NodeJS.ProcessEnv;
  /** May a running Docker engine be used? Default: unless WALLET_DOCKER=0. */
  docker?: boolean;
  /** What the terminal shows; `createPhases(null)` shows nothing. */
  phases?: Phases;
  /** Aborting it during the start ends what was started; `createStack` then rejects. */
  signal?: AbortSignal;
  /** Told after each start or end of a server or process. */
  onChange?(stack: Stack): void;
};

export type Stack = {
  readonly dataDir: string;
  /** Addresses of the servers, for the environment of a process. */
  readonly env: Readonly<Record<string, string>>;
  /** Servers of our own, in the order of their names. */
  readonly servers: readonly Server[];
  readonly processes: readonly ProcessHandle[];
  /** One server of our own; throws when there is none of that name. */
  server: (name: string) => Server;
  /** Where a proxy finds the extra listener of broker 1…n (see `proxiedPorts`). */
  proxiedPort: (broker: number) => number;
  /** Starts one of our processes; await its `ready()`. */
  startProcess: (plan: ProcessPlan) => Promise<ProcessHandle>;
  /** A free port that no other stack of this machine takes. */
  choosePort: (name: string, wanted: number) => Promise<number>;
  /** Takes exactly this port; false when somebody has it. */
  claimPort: (name: string, port: number) => Promise<boolean>;
  logFile: (name: string) => string;
  /** Ends all in order: edge, other processes, registry and brokers, Redis and PostgreSQL. */
  close: () => Promise<void>;
  /** Ends everything at once. */
  kill: () => void;
  /** Closes and removes all data. */
  destroy: () => Promise<void>;
};

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let result: Promise<T> | null = null;
  return () => (result ??= work());
};

const stopProcesses = async (processes: readonly ProcessHandle[]): Promise<void> => {
  const isEdge = ({ role }: ProcessHandle): boolean => role === 'edge';
  await Promise.all(processes.filter(isEdge).map((handle) => handle.stop()));
  await Promise.all(processes.map((handle) => handle.stop()));
};

/** The parts from which servers and processes are built. */
const createContext = (
  dataDir: string,
  { phases, supervise, onChange }: { phases: Phases; supervise: boolean; onChange: () => void },
): ServiceContext => {
  const children = createChildren({ dataDir });
  const packages = createPackages({ phases });
  return {
    dataDir,
    packages,
    phases,
    ports: createPorts({ memoryFile: join(dataDir, 'run/ports.json') }),
    jars: createJars({ phases, packages }),
    java: once(() => provideJava(packages)),
    unit: {
      children,
      supervise,
      onChange,
      onDeath: (name, how) => phases.say(`! ${name} ended (${how}); see ${children.logFile(name)}`),
    },
  };
};

const choiceOf = (options: StackOptions): ServerChoice => ({
  wanted: options.services ?? serviceNames,
  named: options.named ?? process.env,
  docker: options.docker ?? process.env['WALLET_DOCKER'] !== '0',
  kafka: {
    brokers: options.brokers ?? 1,
    tiered: options.jvm?.tiered ?? false,
    proxiedPorts: options.proxiedPorts ?? [],
  },
});

const assemble = (context: ServiceContext, servers: Servers): Stack => {
  const { dataDir, ports, unit, phases } = context;
  const processes: ProcessHandle[] = [];
  const close = once(async () => {
    await stopProcesses(processes);
    unit.children.refuseNew();
    await servers.stop();
    ports.release();
    phases.end();
  });
  const scrape = (): void => {
    const address = (url: string): string => new URL(url).host;
    const targets = processes.map(({ role, statusUrl }) => ({ role, address: address(statusUrl) }));
    writeTargets(dataDir, targets);
  };
  return {
    dataDir,
    env: servers.env,
    servers: servers.own,
    processes,
    server(name) {
      const found = servers.own.find((server) => server.name === name);
      if (found !== undefined) return found;
      throw new SetupFault(`This stack has no server ${name} of its own.`, 'Look at its services.');
    },
    proxiedPort: servers.proxiedPort,
    async startProcess(plan) {
      const handle = await createProcess(plan, servers.env, { ports, unit });
      processes.push(handle);
      scrape();
      await handle.start();
      return handle;
    },
    choosePort: ports.choose,
    claimPort: ports.claim,
    logFile: unit.children.logFile,
    close,
    kill: unit.children.killAll,
    async destroy() {
      await close();
      await servers.remove();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

/** Starts the servers and resolves when all answer; on a fault what was started is ended again. */
export const createStack = async (options: StackOptions): Promise<Stack> => {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const phases = options.phases ?? createPhases();
  let stack: Stack | null = null;
  const context = createContext(dataDir, {
    phases,
    supervise: options.supervise ?? false,
    onChange() {
      if (stack !== null) options.onChange?.(stack);
    },
  });
  const { children } = context.unit;
  const abandon = (): void => void children.stopAll();
  options.signal?.addEventListener('abort', abandon);
  const left = await children.endLeftOvers();
  if (left > 0) phases.say(`  ended ${left} process(es) that an earlier start had left behind`);
  try {
    stack = assemble(context, await startServers(context, choiceOf(options)));
    return stack;
  } catch (fault) {
    context.ports.release();
    throw fault;
  } finally {
    options.signal?.removeEventListener('abort', abandon); // from here on `close` ends it, in order
  }
};
