import type { Jars } from '../jars.ts';
import type { Packages } from '../packages.ts';
import type { Phases } from '../phases.ts';
import type { Ports } from '../ports.ts';
import type { Unit, UnitContext } from '../unit.ts';

/** A server of ours: a unit with an address. */
export type Server = Unit & {
  /** as the environment variable of its service wants it */
  readonly url: string;
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

export type ServiceName = 'postgres' | 'redis' | 'kafka' | 'registry' | 'prometheus';

/** The services: the environment variable that names a foreign one, and the port we begin with. */
export const services: Record<ServiceName, { variable: string; port: number }> = {
  postgres: { variable: 'DATABASE_URL', port: 25_432 },
  redis: { variable: 'REDIS_URL', port: 26_379 },
  kafka: { variable: 'KAFKA_BROKERS', port: 19_092 },
  registry: { variable: 'SCHEMA_REGISTRY_URL', port: 18_081 },
  prometheus: { variable: 'PROMETHEUS_URL', port: 29_090 },
};

export const serviceNames = Object.keys(services) as ServiceName[];

/** The address of a service on this machine, from its port. */
export const urlOf: Record<Exclude<ServiceName, 'kafka'>, (port: number) => string> = {
  postgres: (port) => `postgres://wallet@127.0.0.1:${port}/wallet`,
  redis: (port) => `redis://127.0.0.1:${port}`,
  registry: (port) => `http://127.0.0.1:${port}/apis/ccompat/v7`,
  prometheus: (port) => `http://127.0.0.1:${port}`,
};
