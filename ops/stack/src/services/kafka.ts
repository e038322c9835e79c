import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, replaceFile } from '../durable-file.ts';
import { probeKafka } from '../probes.ts';
import { runProgram } from '../programs.ts';
import { SetupFault } from '../setup-fault.ts';
import { createUnit } from '../unit.ts';
import { brokerProperties, type BrokerPlan } from './kafka-properties.ts';
import { BROKER_PORT_STEP, services, type Server, type ServiceContext } from './service.ts';

export type KafkaOptions = {
  brokers: 1 | 3;
  /** All compilers of the JVM: 1 s slower to start, a quarter less CPU under load. */
  tiered: boolean;
  /** Broker n gets a listener for a proxy which clients reach at port n of this list. */
  proxiedPorts: readonly number[];
};

/** A broker; `proxiedPort` is where a proxy finds its listener, null when there is none. */
export type Broker = Server & { readonly proxiedPort: number | null };

const MAX_HEAP = '-Xmx384m';
const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';

type Cluster = { id: string; brokers: number };

/** The data belongs to a cluster of a certain size; both are kept beside it. */
export const openCluster = (dataDir: string, brokers: number): Cluster => {
  const file = join(dataDir, 'kafka/cluster.json');
  const text = readIfThere(file);
  if (text === null) {
    // 22 characters as Kafka wants them; the first is fixed because "-" would be read as an option.
    const cluster = { id: `W${randomBytes(16).toString('base64url').slice(1)}`, brokers };
    replaceFile(file, JSON.stringify(cluster));
    return cluster;
  }
  const cluster = JSON.parse(text) as Cluster;
  if (cluster.brokers === brokers) return cluster;
  throw new SetupFault(
    `The data in ${dataDir} belongs to ${cluster.brokers} Kafka broker(s), not ${brokers}.`,
    `Use --brokers ${cluster.brokers}, or another folder: --data DIR`,
  );
};

const planBrokers = async (
  { ports }: ServiceContext,
  { brokers, proxiedPorts }: KafkaOptions,
): Promise<BrokerPlan[]> => {
  const plans: BrokerPlan[] = [];
  for (let id = 1; id <= brokers; id += 1) {
    const first = services.kafka.port + (id - 1) * BROKER_PORT_STEP;
    const advertisedPort = proxiedPorts[id - 1];
    plans.push({
      id,
      port: await ports.choose(`kafka-${id}`, first),
      controllerPort: await ports.choose(`kafka-${id}-controller`, first + 1),
      proxied:
        advertisedPort === undefined
          ? null
          : { port: await ports.choose(`kafka-${id}-proxied`, first + 2), advertisedPort },
    });
  }
  return plans;
};

/** Kafka's data folder must be made by its own tool, once; renamed when done, so never half. */
const formatOnce = async (
  java: string,
  classPath: string,
  { id }: Cluster,
  { folder, properties }: { folder: string; properties: (dataFolder: string) => string },
): Promise<void> => {
  if (existsSync(join(folder, 'data'))) return;
  const fresh = join(folder, 'data.new');
  rmSync(fresh, { recursive: true, force: true });
  const file = join(folder, 'format.properties');
  writeFileSync(file, properties(fresh));
  const args = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', file];
  const { code, output } = await runProgram(java, [
    ...['-XX:TieredStopAtLevel=1', QUIET, '-cp', classPath],
    ...args,
  ]);
  rmSync(file);
  if (code !== 0) {
    const reason = /Exception[^\n]*/.exec(output)?.[0] ?? output.trim().slice(-300);
    throw new SetupFault(`Kafka could not format its folder: ${reason}`, `Look at ${folder}`);
  }
  renameSync(fresh, join(folder, 'data'));
};

/** The brokers, each a controller too (KRaft), formatted but not started. */
export const createKafka = async (
  context: ServiceContext,
  options: KafkaOptions,
): Promise<Broker[]> => {
  const cluster = openCluster(context.dataDir, options.brokers);
  const plans = await planBrokers(context, options);
  const java = await context.java();
  const home = process.env['KAFKA_HOME'];
  const jars = home === undefined ? await context.jars.provide('kafka') : join(home, 'libs');
  const classPath = join(jars, '*');

  const createBroker = async (plan: BrokerPlan): Promise<Broker> => {
    const name = `kafka-${plan.id}`;
    const folder = join(context.dataDir, 'kafka', String(plan.id));
    mkdirSync(folder, { recursive: true });
    const properties = (dataFolder: string) => brokerProperties(plan, plans, dataFolder);
    const file = join(folder, 'server.properties');
    writeFileSync(file, properties(join(folder, 'data')));
    const unit = createUnit(
      {
        name,
        command: java,
        args: [
          ...[MAX_HEAP, '-XX:+UseSerialGC', ...(options.tiered ? [] : ['-XX:TieredStopAtLevel=1'])],
          ...[QUIET, '-Dorg.slf4j.simpleLogger.showDateTime=true', '-cp', classPath],
          ...['kafka.Kafka', file],
        ],
        env: process.env,
        cwd: folder,
        // A broker whose peers went first waits for a quorum that never comes: then it is killed.
        stopSignal: 'SIGTERM',
        graceMs: 8_000,
        readyWithinMs: 180_000,
        prepare: () => formatOnce(java, classPath, cluster, { folder, properties }),
        probe: () => probeKafka(plan.port, plans.length),
      },
      context.unit,
    );
    const url = `127.0.0.1:${plan.port}`;
    return { ...unit, url, proxiedPort: plan.proxied?.port ?? null };
  };
  return Promise.all(plans.map(createBroker));
};
