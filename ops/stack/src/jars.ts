import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Packages } from './packages.ts';
import type { Phases } from './phases.ts';
import { findProgram, runProgram, type ProgramResult } from './programs.ts';
import { SetupFault } from './setup-fault.ts';

const MAVEN_FOLDER = fileURLToPath(new URL('../maven', import.meta.url));
const MAVEN_TIMEOUT_MS = 10 * 60_000;
const MEND_MAVEN =
  'Install it (Debian: apt-get install -y maven) or name your own servers: ' +
  'KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL.';

/** What Maven brings: a profile of maven/pom.xml with a checksum list of the same name. */
export type JarSet = 'kafka' | 'registry' | 'redis';

export type Jars = {
  /** The folder with the verified files of a set, fetched if need be. */
  provide: (set: JarSet) => Promise<string>;
};

/** "<sha512>  <file>" per line → file to checksum. */
export const readChecksums = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .map((line) => /^([0-9a-f]{128})\s+(\S+)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, sum, file]) => [file as string, sum as string]),
  );

/** Outside the checkout, so that `npm ci` and `git clean` keep it; shared by all stacks. */
export const cacheFolder = (): string =>
  process.env['STACK_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'wallet-stack');

const pomHash = (set: JarSet): string => {
  const hash = createHash('sha256');
  for (const file of ['pom.xml', `${set}.sha512`])
    hash.update(readFileSync(join(MAVEN_FOLDER, file)));
  return hash.digest('hex').slice(0, 12);
};

const verify = async (set: JarSet, folder: string): Promise<void> => {
  const wanted = readChecksums(readFileSync(join(MAVEN_FOLDER, `${set}.sha512`), 'utf8'));
  for (const [file, sum] of wanted) {
    const path = join(folder, file);
    const hash = createHash('sha512');
    if (existsSync(path)) await pipeline(createReadStream(path), hash);
    if (hash.digest('hex') === sum) continue;
    throw new SetupFault(
      `${file} is missing or differs from its checksum in ops/stack/maven/${set}.sha512.`,
      'Remove it from the local Maven repository (~/.m2) and start again.',
    );
  }
};

const explainMaven = ({ output }: ProgramResult): SetupFault => {
  const error = output.split('\n').find((line) => line.includes('ERROR')) ?? output.trim();
  if (
    /Unknown host|Connection refused|timed out|Network is unreachable|transfer failed/i.test(output)
  ) {
    return new SetupFault(
      'Maven could not fetch the servers: its repository does not answer.',
      'Check the network (or the mirror in ~/.m2/settings.xml) and start again.',
    );
  }
  return new SetupFault(
    `Maven failed: ${error.slice(0, 300)}`,
    `Run it by hand to see all: mvn -f ${join(MAVEN_FOLDER, 'pom.xml')} package`,
  );
};

/** Maven is the only client of Maven Central used here; it runs once per content of the pom. */
export const createJars = ({ phases, packages }: { phases: Phases; packages: Packages }): Jars => {
  const provideMaven = async (): Promise<string> => {
    if (findProgram('mvn') === null && packages.canInstall()) {
      await packages.install(['maven'], MEND_MAVEN);
    }
    const maven = findProgram('mvn');
    if (maven === null) throw new SetupFault('Maven is not on PATH.', MEND_MAVEN);
    return maven;
  };

  const fetchInto = async (set: JarSet, folder: string): Promise<void> => {
    const maven = await provideMaven();
    const pom = join(MAVEN_FOLDER, 'pom.xml');
    // -C: Maven itself refuses a file that differs from the repository's checksum.
    const args = ['-B', '-q', '-ntp', '-C', '-f', pom, `-Dout=${folder}`, `-P${set}`, 'package'];
    const result = await runProgram(maven, args, { timeoutMs: MAVEN_TIMEOUT_MS });
    if (result.code !== 0) throw explainMaven(result);
    await verify(set, folder);
    await unpack(folder, readChecksums(readFileSync(join(MAVEN_FOLDER, `${set}.sha512`), 'utf8')));
  };

  const provide = async (set: JarSet): Promise<string> => {
    const folder = join(cacheFolder(), `${set}-${pomHash(set)}`);
    if (existsSync(folder)) return folder;
    return phases.run(`fetch ${set}`, async (note) => {
      note('from Maven, once');
      // Fetched beside and renamed: a folder of the final name is always whole, and two stacks
      // that fetch at the same time do not meet.
      const fresh = `${folder}.${randomUUID()}`;
      mkdirSync(fresh, { recursive: true });
      await fetchInto(set, fresh);
      if (existsSync(folder)) rmSync(fresh, { recursive: true, force: true });
      else renameSync(fresh, folder);
      return folder;
    });
  };

  const pending = new Map<JarSet, Promise<string>>();
  return {
    provide(set) {
      const running = pending.get(set) ?? provide(set);
      pending.set(set, running);
      return running;
    },
  };
};

const unpack = async (folder: string, files: Map<string, string>): Promise<void> => {
  for (const file of files.keys()) {
    if (!file.endsWith('.tar.gz')) continue;
    const result = await runProgram('tar', ['-xzf', join(folder, file), '-C', folder]);
    if (result.code !== 0) throw new SetupFault(`tar failed: ${result.output}`, 'Free disk space.');
    rmSync(join(folder, file));
  }
};
