import type { Jars } from '../jars.ts';
import type { Packages } from '../packages.ts';
import type { Phases } from '../phases.ts';
import type { Ports } from '../ports.ts';
import type { Unit, UnitContext } from '../unit.ts';

/** A server of ours: a unit with an address. */
export type Server = Unit & {
  /** as the environment variable of its service wants it */
  readonly url: string;
  /** Path of what runs, for tests that need more of its kind. */
  readonly program?: string;
};

/** What every service file gets. */
export type ServiceContext = {
  /** Each service keeps its data in a folder of its own below. */
  dataDir: string;
  ports: Ports;
  jars: Jars;
  packages: Packages;
  phases: Phases;
  unit: UnitContext;
  /** Path of Java; asked for once. */
  java: () => Promise<string>;
};

export type ServiceName =
  'postgres' | 'redis' | 'kafka' | 'registry' | 'prometheus' | 'alertmanager';

/** What runs in Docker instead, where an engine is there; null = never in Docker. */
type Container = { image: string; port: number } | null;

/** The services: the variable that names a foreign one, and the port with which we begin. */
export const services: Record<
  ServiceName,
  { variable: string; port: number; container: Container }
> = {
  postgres: {
    variable: 'DATABASE_URL',
    port: 25_432,
    container: { image: 'postgres:18', port: 5432 },
  },
  redis: { variable: 'REDIS_URL', port: 26_379, container: { image: 'redis:7', port: 6379 } },
  kafka: {
    variable: 'KAFKA_BROKERS',
    port: 19_092,
    container: { image: 'apache/kafka:4.4.0', port: 9092 },
  },
  registry: {
    variable: 'SCHEMA_REGISTRY_URL',
    port: 18_081,
    container: { image: 'apicurio/apicurio-registry-mem:2.6.13.Final', port: 8080 },
  },
  // A container could not reach the status ports, which are open on 127.0.0.1 alone.
  prometheus: { variable: 'PROMETHEUS_URL', port: 29_090, container: null },
  alertmanager: { variable: 'ALERTMANAGER_URL', port: 29_093, container: null },
};

/** Broker n listens at Kafka's port + (n - 1) steps; the rest of a step is for its other ports. */
export const BROKER_PORT_STEP = 100;

export const serviceNames = Object.keys(services) as ServiceName[];

/** The address of a service on this machine, from its port. */
export const urlOf: Record<Exclude<ServiceName, 'kafka'>, (port: number) => string> = {
  postgres: (port) => `postgres://wallet@127.0.0.1:${port}/wallet`,
  redis: (port) => `redis://127.0.0.1:${port}`,
  registry: (port) => `http://127.0.0.1:${port}/apis/ccompat/v7`,
  prometheus: (port) => `http://127.0.0.1:${port}`,
  alertmanager: (port) => `http://127.0.0.1:${port}`,
};
