import { createPackages, createPhases, findProgram, SetupFault } from '@wallet/stack';

export type Chromium = { program: string } | { unavailable: string };

const mend = 'Install it: apt-get install -y chromium';

/**
 * Debian's Chromium; installed as the stack installs what it needs, where that may be done.
 * @returns why it cannot be had
 */
export async function installChromium(): Promise<Chromium> {
  const found = findProgram('chromium');
  if (found !== null) return { program: found };
  const packages = createPackages({ phases: createPhases() });
  if (!packages.canInstall()) return { unavailable: mend };
  try {
    await packages.install(['chromium'], mend);
  } catch (fault) {
    if (fault instanceof SetupFault) return { unavailable: fault.message };
    throw fault;
  }
  const program = findProgram('chromium');
  return program === null ? { unavailable: mend } : { program };
}
