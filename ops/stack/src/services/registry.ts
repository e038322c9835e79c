import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { probeHttp } from '../probes.ts';
import { createUnit } from '../unit.ts';
import { services, urlOf, type Server, type ServiceContext } from './service.ts';

/** Apicurio with Confluent's API on an H2 file (its own default keeps schemas in memory only). */
export const createRegistry = async ({
  dataDir,
  ports,
  jars,
  java,
  unit,
}: ServiceContext): Promise<Server> => {
  const folder = join(dataDir, 'registry');
  mkdirSync(folder, { recursive: true });
  const port = await ports.choose('registry', services.registry.port);
  const command = await java();
  const program = await jars.provide('registry');
  const jar = readdirSync(program).find((file) => file.endsWith('-runner.jar')) ?? 'runner.jar';
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': String(port),
    'quarkus.datasource.jdbc.url': `jdbc:h2:file:${join(folder, 'schemas')}`,
    'quarkus.datasource.jdbc.initial-size': '1',
    'quarkus.datasource.jdbc.min-size': '1',
    'quarkus.datasource.jdbc.max-size': '5',
    'quarkus.log.level': 'WARN',
  };
  const url = urlOf.registry(port);
  const server = createUnit(
    {
      name: 'registry',
      command,
      args: [
        ...['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
        ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
        ...['-jar', join(program, jar)],
      ],
      env: process.env,
      cwd: folder,
      stopSignal: 'SIGTERM',
      graceMs: 10_000,
      readyWithinMs: 180_000,
      probe: () => probeHttp(`${url}/subjects`),
    },
    unit,
  );
  return { ...server, url };
};
