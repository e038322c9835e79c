import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

type Entry = { optionalDependencies?: Record<string, string>; resolved?: string };

const text = readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8');
const { packages } = JSON.parse(text) as { packages: Record<string, Entry> };

/** Node looks in the package's own node_modules, then in that of each folder above. */
const isLocked = (from: string, name: string): boolean => {
  const own = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (own in packages) return true;
  if (from === '') return false;
  const end = from.lastIndexOf('node_modules/');
  return isLocked(end <= 0 ? '' : from.slice(0, end - 1), name);
};

describe('package-lock.json', () => {
  // Without them `npm ci` ends with "Missing … from lock file". A registry that has not all
  // platforms of a new version leaves such a hole: then take the newest version that is whole.
  test('has every optional package, those of other platforms too', () => {
    const missing = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(from, name)),
    );
    expect(missing).toEqual([]);
  });

  test('names no registry: everybody fetches from his own', () => {
    const named = Object.values(packages).filter(({ resolved = '' }) => resolved.includes('://'));
    expect(named).toEqual([]);
  });
});
