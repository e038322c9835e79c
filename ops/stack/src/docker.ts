import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { probeHttp, probeKafka, probePostgres, probeRedis } from './probes.ts';
import { findProgram, runProgram, type ProgramResult } from './programs.ts';
import { openCluster, type KafkaOptions } from './services/kafka.ts';
import {
  BROKER_PORT_STEP,
  services,
  urlOf,
  type Server,
  type ServiceContext,
  type ServiceName,
} from './services/service.ts';
import { SetupFault } from './setup-fault.ts';
import { waitUntil } from './wait.ts';

const COMPOSE_FILE = fileURLToPath(new URL('../compose.yaml', import.meta.url));
const ASK_TIMEOUT_MS = 5_000;
const READY_WITHIN_MS = 120_000;

export type DockerServers = {
  servers: Server[];
  /** Removes containers and volumes. */
  remove: () => Promise<void>;
};

type Compose = (...args: string[]) => Promise<ProgramResult>;

/** Does a Docker engine run here, with the compose plugin? */
export const dockerAnswers = async (): Promise<boolean> => {
  if (findProgram('docker') === null) return false;
  const options = { timeoutMs: ASK_TIMEOUT_MS };
  const engine = await runProgram('docker', ['info', '--format', '{{.ServerVersion}}'], options);
  if (engine.code !== 0) return false;
  return (await runProgram('docker', ['compose', 'version'], options)).code === 0;
};

type Plan = {
  name: string;
  url: string;
  probe: () => Promise<boolean>;
  variable: string;
  port: number;
};

const planBrokers = async (
  { ports }: ServiceContext,
  { brokers }: KafkaOptions,
): Promise<Plan[]> => {
  const plans: Plan[] = [];
  for (let id = 1; id <= brokers; id += 1) {
    const wanted = services.kafka.port + (id - 1) * BROKER_PORT_STEP;
    const port = await ports.choose(`kafka-${id}`, wanted);
    plans.push({
      name: `kafka-${id}`,
      port,
      variable: `KAFKA_${id}_PORT`,
      url: `127.0.0.1:${port}`,
      probe: () => probeKafka(port, brokers),
    });
  }
  return plans;
};

const probes = {
  postgres: (port: number) => probePostgres(port, 'wallet', 'wallet'),
  redis: (port: number) => probeRedis(port),
  registry: (port: number) => probeHttp(`${urlOf.registry(port)}/subjects`),
};

const isSingle = (name: ServiceName): name is keyof typeof probes => Object.hasOwn(probes, name);

const planOne = async ({ ports }: ServiceContext, name: keyof typeof probes): Promise<Plan> => {
  const port = await ports.choose(name, services[name].port);
  const variable = `${name.toUpperCase()}_PORT`;
  return { name, port, url: urlOf[name](port), variable, probe: () => probes[name](port) };
};

const planAll = async (
  context: ServiceContext,
  names: readonly ServiceName[],
  kafka: KafkaOptions,
): Promise<Plan[]> => {
  const plans: Plan[] = [];
  for (const name of names) {
    if (name === 'kafka') plans.push(...(await planBrokers(context, kafka)));
    else if (isSingle(name)) plans.push(await planOne(context, name));
  }
  return plans;
};

const environmentOf = (context: ServiceContext, plans: readonly Plan[], kafka: KafkaOptions) => {
  const { dataDir, unit } = context;
  const ids = Array.from({ length: kafka.brokers }, (_, index) => index + 1);
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 10);
  return {
    ...process.env,
    WALLET_PROJECT: `wallet-${hash}`,
    WALLET_RESTART: unit.supervise ? 'unless-stopped' : 'no',
    KAFKA_CLUSTER_ID: openCluster(dataDir, kafka.brokers).id,
    KAFKA_VOTERS: ids.map((id) => `${id}@kafka-${id}:9093`).join(','),
    KAFKA_COPIES: String(kafka.brokers),
    KAFKA_IN_SYNC: String(Math.max(kafka.brokers - 1, 1)),
    ...Object.fromEntries(plans.map(({ variable, port }) => [variable, String(port)])),
  };
};

const createServer = ({ name, url, probe }: Plan, compose: Compose): Server => {
  let pid: number | null = null;
  const start = async (): Promise<void> => {
    const { code, output } = await compose('up', '--detach', '--no-deps', name);
    if (code !== 0) throw new SetupFault(`Docker could not start ${name}.`, output.slice(-300));
    const id = (await compose('ps', '--quiet', name)).output.trim();
    const state = await runProgram('docker', ['inspect', '--format', '{{.State.Pid}}', id]);
    pid = Number(state.output) || null;
  };
  const stop = async (): Promise<void> => {
    await compose('stop', name);
    pid = null;
  };
  const ready = async (): Promise<void> => {
    if (await waitUntil(probe, { withinMs: READY_WITHIN_MS, everyMs: 100 })) return;
    throw new SetupFault(`${name} does not answer.`, `See: docker compose logs ${name}`);
  };
  return {
    name,
    url,
    pid: () => pid,
    start,
    ready,
    stop,
    kill: (signal) => void compose('kill', '--signal', signal, name),
    async restart() {
      await stop();
      await start();
      await ready();
    },
    async ended() {
      const { output } = await compose('wait', name);
      return `code ${output.trim()}`;
    },
  };
};

/**
 * Starts these services as containers, on free ports and volumes of this stack's own.
 * @returns null when Docker cannot (no image, no network): then local processes are the way
 */
export const startInDocker = (
  context: ServiceContext,
  names: readonly ServiceName[],
  kafka: KafkaOptions,
): Promise<DockerServers | null> =>
  context.phases.run('docker', async (note) => {
    const plans = await planAll(context, names, kafka);
    const env = environmentOf(context, plans, kafka);
    const compose: Compose = (...args) =>
      runProgram('docker', ['compose', '--file', COMPOSE_FILE, ...args], { env });
    const up = await compose('up', '--detach', ...plans.map(({ name }) => name));
    if (up.code !== 0) {
      const reason = up.output.trim().split('\n').at(-1) ?? '';
      note(`cannot (${reason.slice(0, 120)}): local processes instead`);
      await compose('down');
      return null;
    }
    const servers = plans.map((plan) => createServer(plan, compose));
    await Promise.all(servers.map((server) => server.start()));
    await Promise.all(servers.map((server) => server.ready()));
    note(plans.map(({ name, port }) => `${name} ${port}`).join(', '));
    return { servers, remove: async () => void (await compose('down', '--volumes')) };
  });
