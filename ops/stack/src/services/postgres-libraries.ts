import { existsSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { readIfThere } from '../durable-file.ts';

type LibraryLink = { source: string; target: string };

/**
 * npm packages carry no symbolic links; this one makes its own in an install script, which npm is
 * told not to run. So they are made here.
 * @param native the package's `native` folder
 */
export const linkLibraries = (native: string): void => {
  const root = dirname(native);
  const list = JSON.parse(readIfThere(join(native, 'pg-symlinks.json')) ?? '[]') as LibraryLink[];
  for (const { source, target } of list) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another launcher's
    }
  }
};
