import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from '../durable-file.ts';
import type { Packages } from '../packages.ts';
import { probeHttp } from '../probes.ts';
import { findProgram } from '../programs.ts';
import { createUnit } from '../unit.ts';
import { alertmanagersFile } from './alertmanager.ts';
import { services, urlOf, type Server, type ServiceContext } from './service.ts';

const TEMPLATE = fileURLToPath(new URL('../../../prometheus/prometheus.yml', import.meta.url));
const RULES = fileURLToPath(new URL('../../../prometheus/rules', import.meta.url));

/** One process to scrape: its role and its status address ("127.0.0.1:9101"). */
export type ScrapeTarget = { role: string; address: string };

/** Where Prometheus reads its targets; it notices a change by itself. */
const targetsFile = (dataDir: string): string => join(dataDir, 'prometheus/targets.json');

/** Names the processes to scrape. */
export const writeTargets = (dataDir: string, targets: readonly ScrapeTarget[]): void => {
  const groups = targets.map(({ role, address }) => ({ targets: [address], labels: { role } }));
  replaceFile(targetsFile(dataDir), `${JSON.stringify(groups, null, 2)}\n`);
};

/** The committed configuration with its places filled in. */
export const prometheusConfig = (
  template: string,
  files: { targets: string; rules: string; alertmanagers: string },
): string =>
  template
    .replaceAll('${TARGETS_FILE}', files.targets)
    .replaceAll('${RULES_FOLDER}', files.rules)
    .replaceAll('${ALERTMANAGERS_FILE}', files.alertmanagers);

const provideBinary = async (packages: Packages): Promise<string | null> => {
  const installed = findProgram('prometheus');
  if (installed !== null || !packages.canInstall()) return installed;
  await packages.install(['prometheus'], 'Install Prometheus, or set PROMETHEUS_URL.');
  return findProgram('prometheus');
};

/** Prometheus over all processes of the stack; null where there is none and none can be had. */
export const createPrometheus = async ({
  dataDir,
  ports,
  packages,
  unit,
}: ServiceContext): Promise<Server | null> => {
  const command = await provideBinary(packages);
  if (command === null) return null;
  const folder = join(dataDir, 'prometheus');
  mkdirSync(folder, { recursive: true });
  const port = await ports.choose('prometheus', services.prometheus.port);
  const config = join(folder, 'prometheus.yml');
  const alertmanagers = alertmanagersFile(dataDir);
  const files = { targets: targetsFile(dataDir), rules: RULES, alertmanagers };
  const template = readFileSync(TEMPLATE, 'utf8');
  replaceFile(config, prometheusConfig(template, files));
  writeTargets(dataDir, []);
  const url = urlOf.prometheus(port);
  const server = createUnit(
    {
      name: 'prometheus',
      command,
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        '--storage.tsdb.retention.time=7d',
        '--enable-feature=exemplar-storage',
        `--web.listen-address=127.0.0.1:${port}`,
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
