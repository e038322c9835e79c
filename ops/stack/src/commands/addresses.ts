import { join } from 'node:path';
import { readIfThere } from '../durable-file.ts';
import { SetupFault } from '../setup-fault.ts';
import type { StackFile } from '../stack-file.ts';

/**
 * The database's address: what the environment names, else that of the stack in `--data DIR`.
 * @param dataDir folder of a running stack
 */
export const findDatabaseUrl = (environment: NodeJS.ProcessEnv, dataDir = '.wallet'): string => {
  const named = environment['DATABASE_URL'];
  if (named) return named;
  const text = readIfThere(join(dataDir, 'run/stack.json'));
  const url = text === null ? null : (JSON.parse(text) as StackFile).urls.database;
  if (url !== null) return url;
  throw new SetupFault('No database is known.', 'Run "npm start" first, or set DATABASE_URL.');
};
