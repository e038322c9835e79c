import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { dockerAnswers, startInDocker } from './docker.ts';
import { createAlertmanager } from './services/alertmanager.ts';
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
  stop: () => Promise<void>;
  /** Removes what lies outside the stack's folder; after `stop`. */
  remove: () => Promise<void>;
};

type Removal = () => Promise<void>;
type Created = { servers: Server[]; remove?: Removal };

/** Each service as processes of this machine; null = it cannot be had here and can be spared. */
const createLocal: Record<
  ServiceName,
  (context: ServiceContext, kafka: KafkaOptions) => Promise<Created | null>
> = {
  async postgres(context) {
    const server = await createPostgres(context);
    const folder = dirname(server.dataFolder);
    if (folder === context.dataDir) return { servers: [server] };
    const remove = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
    return { servers: [server], remove };
  },
  redis: async (context) => ({ servers: [await createRedis(context)] }),
  registry: async (context) => ({ servers: [await createRegistry(context)] }),
  kafka: async (context, options) => ({ servers: await createKafka(context, options) }),
  async prometheus(context) {
    const server = await createPrometheus(context);
    return server === null ? null : { servers: [server] };
  },
  async alertmanager(context) {
    const server = await createAlertmanager(context);
    return server === null ? null : { servers: [server] };
  },
};

/** What is lost without a server that can be spared. */
const spared: Partial<Record<ServiceName, string>> = {
  prometheus: 'not on PATH (Debian: apt-get install -y prometheus); dashboards stay empty',
  alertmanager: 'not on PATH (Debian: apt-get install -y prometheus-alertmanager)',
};

const startLocal = (
  name: ServiceName,
  context: ServiceContext,
  kafka: KafkaOptions,
): Promise<Created | null> =>
  context.phases.run(name, async (note) => {
    const created = await createLocal[name](context, kafka);
    if (created === null) {
      note(`skipped: ${spared[name]}`);
      return null;
    }
    const { servers } = created;
    try {
      await Promise.all(servers.map((server) => server.start()));
      await Promise.all(servers.map((server) => server.ready()));
    } catch (fault) {
      await Promise.all(servers.map((server) => server.stop()));
      throw fault;
    }
    note(servers.map(({ url }) => url).join(','));
    return created;
  });

/** Brokers and registry together (the last broker alone would wait for a quorum), then stores. */
const stopInOrder = async (servers: readonly Server[]): Promise<void> => {
  const isStore = ({ name }: Server): boolean => name === 'postgres' || name === 'redis';
  await Promise.all(servers.filter((server) => !isStore(server)).map((server) => server.stop()));
  await Promise.all(servers.filter(isStore).map((server) => server.stop()));
};

/** The services that Docker takes over: all it can, or none. */
const tryDocker = async (
  context: ServiceContext,
  names: readonly ServiceName[],
  { docker, kafka }: ServerChoice,
): Promise<Created | null> => {
  const able = names.filter((name) => services[name].container !== null);
  // Containers have no listener for a proxy: fault tests take local processes.
  if (!docker || able.length === 0 || kafka.proxiedPorts.length > 0) return null;
  return (await dockerAnswers()) ? startInDocker(context, able, kafka) : null;
};

const serviceOf = (server: Server): ServiceName =>
  server.name.startsWith('kafka-') ? 'kafka' : (server.name as ServiceName);

const addressesOf = (servers: readonly Server[]): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const server of servers) {
    const { variable } = services[serviceOf(server)];
    const before = env[variable];
    env[variable] = before === undefined ? server.url : `${before},${server.url}`;
  }
  return env;
};

const namedAddresses = (
  { phases }: ServiceContext,
  { wanted, named }: ServerChoice,
): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const name of wanted) {
    const { variable } = services[name];
    const url = named[variable];
    if (!url) continue;
    env[variable] = url;
    phases.say(`✓ ${name.padEnd(24)}         ${variable} names one: left alone`);
  }
  return env;
};

/** Starts side by side whatever the environment does not name; all or none. */
export const startServers = async (
  context: ServiceContext,
  choice: ServerChoice,
): Promise<Servers> => {
  const foreign = namedAddresses(context, choice);
  const missing = choice.wanted.filter((name) => foreign[services[name].variable] === undefined);
  const inDocker = await tryDocker(context, missing, choice);
  const taken = new Set(inDocker?.servers.map(serviceOf));
  const rest = missing.filter((name) => !taken.has(name));
  const results = await Promise.allSettled(
    rest.map((name) => startLocal(name, context, choice.kafka)),
  );
  const created = [
    inDocker,
    ...results.map((result) => (result.status === 'fulfilled' ? result.value : null)),
  ].filter((one) => one !== null);
  const own = created
    .flatMap(({ servers }) => servers)
    .sort((left, right) => left.name.localeCompare(right.name));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stopInOrder(own);
    throw failed.reason;
  }
  return {
    env: { ...addressesOf(own), ...foreign },
    own,
    proxiedPort(number) {
      const broker = own.find(({ name }) => name === `kafka-${number}`) as Broker | undefined;
      if (typeof broker?.proxiedPort === 'number') return broker.proxiedPort;
      throw new SetupFault(`Broker ${number} has no listener for a proxy.`, 'Give proxiedPorts.');
    },
    stop: () => stopInOrder(own),
    async remove() {
      for (const { remove } of created) await remove?.();
    },
  };
};
