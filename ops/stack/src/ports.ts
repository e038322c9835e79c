import { chmodSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIfThere, replaceFile } from './durable-file.ts';
import { startOf } from './processes.ts';
import { SetupFault } from './setup-fault.ts';

/** Linux hands out ports from 32768 on for outgoing connections: stay below. */
const SEARCH_WIDTH = 2000;
const EVERYBODY = 0o1777;

export type Ports = {
  /**
   * The port of a name: the one it had at the last start if that is free, else the first free one
   * from `wanted` on. The same name gets the same port until `release`.
   */
  choose: (name: string, wanted: number) => Promise<number>;
  /** Takes exactly this port; false when somebody has it. */
  claim: (name: string, port: number) => Promise<boolean>;
  release: () => void;
};

export type PortRules = {
  /** Where the choice is kept between starts. */
  memoryFile: string;
  /** Folder of reservations shared by all stacks of the machine. */
  reservations?: string;
};

/** Is nobody listening there (127.0.0.1 and every address)? */
export const isPortFree = async (port: number): Promise<boolean> => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host }, () => server.close(() => resolve(true)));
    });
    if (!free) return false;
  }
  return true;
};

/**
 * A port is free only until somebody listens: between our choice and the server's start another
 * launcher may choose it too. So each choice is also a file with our pid, made exclusively.
 */
const reserve = (folder: string, port: number): boolean => {
  openReservations(folder);
  const file = join(folder, String(port));
  const own = join(folder, `${process.pid}.own`);
  try {
    writeFileSync(own, `${process.pid} ${startOf(process.pid)}`);
    if (linkExclusively(own, file)) return true;
    if (isHeld(file)) return false;
    return removeStale(file) && linkExclusively(own, file);
  } finally {
    rmSync(own, { force: true });
  }
};

/** Like /tmp itself: every user may add a file, and remove his own. */
const openReservations = (folder: string): void => {
  mkdirSync(folder, { recursive: true });
  const { uid, mode } = statSync(folder);
  if (uid === process.getuid?.() && (mode & 0o7777) !== EVERYBODY) chmodSync(folder, EVERYBODY);
};

/** The owner of the reservation is gone; of another user's it cannot be told, so it counts. */
const removeStale = (file: string): boolean => {
  try {
    rmSync(file, { force: true });
    return true;
  } catch (error) {
    if (['EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
};

/** A link appears with its content or not at all, and only where nothing was. */
const linkExclusively = (existing: string, fresh: string): boolean => {
  try {
    linkSync(existing, fresh);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const isHeld = (file: string): boolean => {
  const [pid, start] = (readIfThere(file) ?? '').split(' ');
  return start !== undefined && startOf(Number(pid)) === start;
};

const readMemory = (file: string): Map<string, number> =>
  new Map(Object.entries(JSON.parse(readIfThere(file) ?? '{}') as Record<string, number>));

/** @returns the port chooser of one stack */
export const createPorts = ({
  memoryFile,
  reservations = join(tmpdir(), 'wallet-stack-ports'),
}: PortRules): Ports => {
  const remembered = readMemory(memoryFile);
  const held = new Map<string, number>();

  const claim = async (name: string, port: number): Promise<boolean> => {
    if (held.get(name) === port) return true;
    if ([...held.values()].includes(port) || !reserve(reservations, port)) return false;
    held.set(name, port);
    if (!(await isPortFree(port))) {
      held.delete(name);
      rmSync(join(reservations, String(port)), { force: true });
      return false;
    }
    remembered.set(name, port);
    replaceFile(memoryFile, `${JSON.stringify(Object.fromEntries(remembered), null, 2)}\n`);
    return true;
  };

  return {
    claim,
    async choose(name, wanted) {
      const current = held.get(name);
      if (current !== undefined) return current;
      const last = remembered.get(name);
      if (last !== undefined && (await claim(name, last))) return last;
      for (let port = wanted; port < wanted + SEARCH_WIDTH; port += 1) {
        if (await claim(name, port)) return port;
      }
      throw new SetupFault(
        `No free port for ${name} between ${wanted} and ${wanted + SEARCH_WIDTH}.`,
        'Stop some of the programs that listen there.',
      );
    },
    release() {
      for (const port of held.values()) rmSync(join(reservations, String(port)), { force: true });
      held.clear();
    },
  };
};
