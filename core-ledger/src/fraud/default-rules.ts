import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** The text of the rule set that ships. */
export function readDefaultRules(): Promise<string> {
  return readFile(new URL('./default.rules', import.meta.url), 'utf8');
}

/** What a new installation decides by at first: the set of a file, or without one what ships. */
export async function readFirstRules(file: string): Promise<{ name: string; rules: string }> {
  if (file === '') return { name: 'shipped', rules: await readDefaultRules() };
  return { name: basename(file), rules: await readFile(file, 'utf8') };
}
