import { existsSync } from 'node:fs';
import type { Phases } from './phases.ts';
import { findProgram, runProgram } from './programs.ts';
import { SetupFault } from './setup-fault.ts';

const APT_TIMEOUT_MS = 10 * 60_000;
/** RUNLEVEL keeps Debian from starting the installed server as a system service. */
const APT_ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };

export type Packages = {
  /** May this user install system packages here (root on Debian or one of its kin)? */
  canInstall(): boolean;
  /** Installs Debian packages; throws a SetupFault with the way out. */
  install(names: readonly string[], mend: string): Promise<void>;
};

const lastError = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.startsWith('E:'))
    .at(-1) ?? 'no message';

/** apt-get, one run at a time: it locks its database. */
export const createPackages = ({ phases }: { phases: Phases }): Packages => {
  let last: Promise<void> = Promise.resolve();

  const aptGet = (apt: string, args: readonly string[]) =>
    runProgram(apt, ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      env: { ...process.env, ...APT_ENVIRONMENT },
      timeoutMs: APT_TIMEOUT_MS,
    });

  const installNow = async (names: readonly string[], mend: string): Promise<void> => {
    const apt = findProgram('apt-get');
    if (apt === null) throw new SetupFault(`Missing: ${names.join(', ')}.`, mend);
    const args = ['install', '--no-install-recommends', ...names];
    await phases.run('apt-get', async (note) => {
      note(names.join(', '));
      let result = await aptGet(apt, args);
      if (result.code !== 0) {
        await aptGet(apt, ['update']); // a fresh machine has no lists yet
        result = await aptGet(apt, args);
      }
      if (result.code === 0) return;
      throw new SetupFault(
        `apt-get could not install ${names.join(', ')} (${lastError(result.output)}).`,
        mend,
      );
    });
  };

  return {
    canInstall: () =>
      process.getuid?.() === 0 &&
      existsSync('/etc/debian_version') &&
      findProgram('apt-get') !== null,
    install(names, mend) {
      const run = last.then(() => installNow(names, mend));
      last = run.catch(() => undefined); // told to its own caller
      return run;
    },
  };
};
