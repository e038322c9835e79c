import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readIfThere, replaceFile } from './durable-file.ts';
import { dyingWithParent, type Identity } from './programs.ts';
import { signalProcess, startOf } from './processes.ts';
import { SetupFault } from './setup-fault.ts';
import { waitUntil } from './wait.ts';

const LOG_LIMIT_BYTES = 20 * 1024 * 1024;
const LEFT_OVER_GRACE_MS = 10_000;
const KILL_GRACE_MS = 5_000;

/** How one child is started and ended. */
export type Launch = {
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  identity?: Identity;
  stopSignal: NodeJS.Signals;
  /** Time to end by itself after the stop signal; then SIGKILL. */
  graceMs: number;
};

export type Child = {
  readonly pid: number;
  /** Resolves when it has ended: "code 1" or "signal SIGKILL". */
  readonly ended: Promise<string>;
  isAlive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, waits, insists after the grace; resolves when it is gone. */
  stop(): Promise<void>;
};

export type Children = {
  /** Ends what a launcher that was killed left behind; throws when another one is alive. */
  endLeftOvers: () => Promise<number>;
  spawn: (launch: Launch) => Child;
  logFile: (name: string) => string;
  /** From here on nothing is started: a slow preparation may end after the stop. */
  refuseNew: () => void;
  isRefusing: () => boolean;
  killAll: () => void;
  /** Refuses new ones and ends all, in no order. */
  stopAll: () => Promise<void>;
};

type Recorded = { name: string; pid: number; start: string; stopSignal: NodeJS.Signals };
type Record = { launcher: { pid: number; start: string | null }; children: Recorded[] };

const openLog = (file: string): number => {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a');
  if (statSync(file).size < LOG_LIMIT_BYTES) return handle;
  closeSync(handle);
  renameSync(file, `${file}.1`);
  return openSync(file, 'a');
};

const endRecorded = async (recorded: readonly Recorded[]): Promise<void> => {
  const isThere = ({ pid, start }: Recorded): boolean => startOf(pid) === start;
  for (const child of recorded) signalProcess(child.pid, child.stopSignal);
  const gone = async (): Promise<boolean> => !recorded.some(isThere);
  if (await waitUntil(gone, { withinMs: LEFT_OVER_GRACE_MS })) return;
  for (const child of recorded.filter(isThere)) signalProcess(child.pid, 'SIGKILL');
  await waitUntil(gone, { withinMs: KILL_GRACE_MS });
};

const startChild = (launch: Launch, logFile: string): Child => {
  const log = openLog(logFile);
  const [command, args] = dyingWithParent(launch.command, launch.args, launch.stopSignal);
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    detached: true, // own process group: Ctrl-C reaches the launcher alone, which stops in order
    env: launch.env,
    cwd: launch.cwd ?? '/',
    ...(launch.identity ?? {}),
  });
  closeSync(log);
  if (child.pid === undefined) {
    child.on('error', () => undefined); // told by the throw below
    throw new SetupFault(`${launch.name} could not be started.`, `Look at ${launch.command}.`);
  }
  const { pid } = child;
  let alive = true;
  const ended = new Promise<string>((resolve) =>
    child.on('exit', (code, signal) => {
      alive = false;
      resolve(signal === null ? `code ${code}` : `signal ${signal}`);
    }),
  );
  const signal = (name: NodeJS.Signals): void => {
    if (alive) signalProcess(pid, name);
  };
  return {
    pid,
    ended,
    isAlive: () => alive,
    signal,
    async stop() {
      signal(launch.stopSignal);
      const insist = setTimeout(() => signal('SIGKILL'), launch.graceMs);
      await ended;
      clearTimeout(insist);
    },
  };
};

/**
 * The processes of one stack, each remembered on disk by pid and start time.
 * @param dataDir the stack's folder: `run/pids.json` and `log/<name>.log` are below it
 */
export const createChildren = ({ dataDir }: { dataDir: string }): Children => {
  const recordFile = join(dataDir, 'run/pids.json');
  const living = new Map<Child, Recorded>();
  const self = { pid: process.pid, start: startOf(process.pid) };
  let refusing = false;

  const save = (): void => {
    const record: Record = { launcher: self, children: [...living.values()] };
    replaceFile(recordFile, `${JSON.stringify(record, null, 2)}\n`);
  };
  const logFile = (name: string): string => join(dataDir, 'log', `${name.replace(':', '-')}.log`);

  return {
    logFile,
    async endLeftOvers() {
      const text = readIfThere(recordFile);
      if (text !== null) {
        const { launcher, children } = JSON.parse(text) as Record;
        const left = children.filter(({ pid, start }) => startOf(pid) === start);
        const isOther = launcher.pid !== self.pid && startOf(launcher.pid) === launcher.start;
        if (isOther && launcher.start !== null && left.length > 0) {
          throw new SetupFault(
            `Another stack (process ${launcher.pid}) is running in ${dataDir}.`,
            'Stop it, or give this one its own folder: npm start -- --data DIR',
          );
        }
        await endRecorded(left);
        save();
        return left.length;
      }
      save();
      return 0;
    },
    spawn(launch) {
      if (refusing)
        throw new SetupFault(`${launch.name} is not started: stopping.`, 'Start again.');
      const child = startChild(launch, logFile(launch.name));
      const { name, stopSignal } = launch;
      living.set(child, { name, pid: child.pid, start: startOf(child.pid) ?? '', stopSignal });
      save();
      void child.ended.then(() => {
        living.delete(child);
        save();
      });
      return child;
    },
    refuseNew() {
      refusing = true;
    },
    isRefusing: () => refusing,
    killAll() {
      for (const child of living.keys()) child.signal('SIGKILL');
    },
    async stopAll() {
      refusing = true;
      await Promise.all([...living.keys()].map((child) => child.stop()));
    },
  };
};
