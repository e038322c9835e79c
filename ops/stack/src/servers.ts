import { dirname } from 'node:path';
import { createKafka, type Broker, type KafkaOptions } from './services/kafka.ts';
import { createPostgres } from './services/postgres.ts';
import { createPrometheus } from './services/prometheus.ts';
import { createRedis } from './services/redis.ts';
import { createRegistry } from './services/registry.ts';
import {
  services,
  type Server,
  type ServiceContext,
  type ServiceName,
} from './services/service.ts';
import { SetupFault } from './setup-fault.ts';

export type ServerChoice = {
  wanted: readonly ServiceName[];
  /** Environment in which a foreign server may be named. */
  named: NodeJS.ProcessEnv;
  docker: boolean;
  kafka: KafkaOptions;
};

export type Servers = {
  /** Variable to address, foreign servers included. */
  env: Readonly<Record<string, string>>;
  own: readonly Server[];
  proxiedPort: (broker: number) => number;
  /** Folders outside the stack's own that hold its data. */
  outsideFolders: readonly string[];
  stop: () => Promise<void>;
};

type Started = { servers: Server[]; url: string; note: string; outsideFolders: string[] };

const single = (server: Server, note = ''): Started => ({
  servers: [server],
  url: server.url,
  note,
  outsideFolders: [],
});

/** One way to provide each service as processes of this machine; null = cannot be had, but can be spared. */
const local: Record<
  ServiceName,
  (context: ServiceContext, kafka: KafkaOptions) => Promise<Started | null>
> = {
  async postgres(context) {
    const server = await createPostgres(context);
    const inside = server.dataFolder.startsWith(context.dataDir);
    return { ...single(server), outsideFolders: inside ? [] : [dirname(server.dataFolder)] };
  },
  redis: async (context) => single(await createRedis(context)),
  registry: async (context) => single(await createRegistry(context)),
  async kafka(context, options) {
    const brokers = await createKafka(context, options);
    const url = brokers.map((broker) => broker.url).join(',');
    return { servers: brokers, url, note: '', outsideFolders: [] };
  },
  async prometheus(context) {
    const server = await createPrometheus(context);
    return server === null ? null : single(server);
  },
};

const startOne = async (
  name: ServiceName,
  context: ServiceContext,
  choice: ServerChoice,
): Promise<Started | null> =>
  context.phases.run(name, async (note) => {
    const started = await local[name](context, choice.kafka);
    if (started === null) {
      note('skipped: not on PATH (Debian: apt-get install -y prometheus); dashboards stay empty');
      return null;
    }
    try {
      await Promise.all(started.servers.map((server) => server.start()));
      await Promise.all(started.servers.map((server) => server.ready()));
    } catch (fault) {
      await Promise.all(started.servers.map((server) => server.stop()));
      throw fault;
    }
    note([started.url, started.note].filter(Boolean).join(' '));
    return started;
  });

/** Brokers and registry together (the last broker alone would wait for a quorum), then the stores. */
const stopInOrder = async (servers: readonly Server[]): Promise<void> => {
  const isStore = ({ name }: Server): boolean => name === 'postgres' || name === 'redis';
  await Promise.all(servers.filter((server) => !isStore(server)).map((server) => server.stop()));
  await Promise.all(servers.filter(isStore).map((server) => server.stop()));
};

/** Starts side by side whatever the environment does not name; all or none. */
export const startServers = async (
  context: ServiceContext,
  choice: ServerChoice,
): Promise<Servers> => {
  const env: Record<string, string> = {};
  const own: Server[] = [];
  const outsideFolders: string[] = [];
  const provide = async (name: ServiceName): Promise<void> => {
    const { variable } = services[name];
    const foreign = choice.named[variable];
    if (foreign) {
      env[variable] = foreign;
      context.phases.say(`✓ ${name.padEnd(12)}         ${variable} names one, left alone`);
      return;
    }
    const started = await startOne(name, context, choice);
    if (started === null) return;
    env[variable] = started.url;
    own.push(...started.servers);
    outsideFolders.push(...started.outsideFolders);
  };
  const results = await Promise.allSettled(choice.wanted.map(provide));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stopInOrder(own);
    throw failed.reason;
  }
  own.sort((left, right) => left.name.localeCompare(right.name));
  return {
    env,
    own,
    outsideFolders,
    proxiedPort(number) {
      const broker = own.find(({ name }) => name === `kafka-${number}`) as Broker | undefined;
      if (typeof broker?.proxiedPort === 'number') return broker.proxiedPort;
      throw new SetupFault(`Broker ${number} has no listener for a proxy.`, 'Give proxiedPorts.');
    },
    stop: () => stopInOrder(own),
  };
};
