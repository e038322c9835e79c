import { readFile } from 'node:fs/promises';

/** The text of the rule set that ships; `RULESET_FILE` names another. */
export function readDefaultRules(): Promise<string> {
  return readFile(new URL('./default.rules', import.meta.url), 'utf8');
}
