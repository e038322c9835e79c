import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from '../durable-file.ts';
import type { Packages } from '../packages.ts';
import { probeHttp } from '../probes.ts';
import { findProgram } from '../programs.ts';
import { createUnit } from '../unit.ts';
import { services, urlOf, type Server, type ServiceContext } from './service.ts';

const CONFIG = fileURLToPath(new URL('../../../prometheus/alertmanager.yml', import.meta.url));

/** Where Prometheus reads to whom it tells its alerts; it notices a change by itself. */
export const alertmanagersFile = (dataDir: string): string =>
  join(dataDir, 'alertmanager/address.json');

/** Debian's name, and everybody else's. */
const findBinary = (): string | null =>
  findProgram('prometheus-alertmanager') ?? findProgram('alertmanager');

const provideBinary = async (packages: Packages): Promise<string | null> => {
  const installed = findBinary();
  if (installed !== null || !packages.canInstall()) return installed;
  const mend = 'Install Alertmanager, or set ALERTMANAGER_URL.';
  await packages.install(['prometheus-alertmanager'], mend);
  return findBinary();
};

/** Groups and hushes the alerts of the stack's Prometheus; null where it cannot be had. */
export const createAlertmanager = async ({
  dataDir,
  ports,
  packages,
  unit,
}: ServiceContext): Promise<Server | null> => {
  const command = await provideBinary(packages);
  if (command === null) return null;
  const folder = join(dataDir, 'alertmanager');
  mkdirSync(folder, { recursive: true });
  const port = await ports.choose('alertmanager', services.alertmanager.port);
  const url = urlOf.alertmanager(port);
  const groups = [{ targets: [`127.0.0.1:${port}`] }];
  replaceFile(alertmanagersFile(dataDir), `${JSON.stringify(groups)}\n`);
  const server = createUnit(
    {
      name: 'alertmanager',
      command,
      args: [
        `--config.file=${CONFIG}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=', // there is no second one to agree with
      ],
      env: process.env,
      cwd: folder,
      stopSignal: 'SIGTERM',
      graceMs: 10_000,
      readyWithinMs: 30_000,
      probe: () => probeHttp(`${url}/-/ready`),
    },
    unit,
  );
  return { ...server, url };
};
