import { join } from 'node:path';
import type { Packages } from './packages.ts';
import { findProgram, runProgram } from './programs.ts';
import { SetupFault } from './setup-fault.ts';

export const OLDEST_JAVA = 17; // Kafka 4
const MEND =
  'Install it (Debian: apt-get install -y default-jre-headless maven) ' +
  'or name your own servers: KAFKA_BROKERS and SCHEMA_REGISTRY_URL.';

/** "openjdk version "17.0.15"" → 17; 0 when the text names none. */
export const javaMajorOf = (versionText: string): number =>
  Number(/version "(\d+)/.exec(versionText)?.[1] ?? 0);

const candidate = (): string | null => {
  const home = process.env['JAVA_HOME'];
  return (home ? findProgram('java', join(home, 'bin')) : null) ?? findProgram('java');
};

const majorOf = async (java: string): Promise<number> =>
  javaMajorOf((await runProgram(java, ['-version'])).output);

/** Path of a Java that can run Kafka; null when there is none. */
export const findJava = async (): Promise<{ java: string; major: number } | null> => {
  const java = candidate();
  return java === null ? null : { java, major: await majorOf(java) };
};

/** As `findJava`, but installs one where that is possible, and throws where it is not. */
export const provideJava = async (packages: Packages): Promise<string> => {
  let found = await findJava();
  if ((found === null || found.major < OLDEST_JAVA) && packages.canInstall()) {
    await packages.install(['default-jre-headless'], MEND);
    found = await findJava();
  }
  if (found === null) {
    throw new SetupFault(`Java is not on PATH; Kafka needs Java ${OLDEST_JAVA} or newer.`, MEND);
  }
  if (found.major >= OLDEST_JAVA) return found.java;
  const what = found.major === 0 ? `${found.java} does not run` : `Java ${found.major} is too old`;
  throw new SetupFault(`${what}; Kafka needs Java ${OLDEST_JAVA} or newer.`, MEND);
};
