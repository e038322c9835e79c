import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export type Settings = {
  /** Acts per second. */
  rate: number;
  seconds: number;
  seed: number;
  edgeUrl: string;
  databaseUrl: string;
};

/** Something the caller has to mend: one sentence, no stack trace. */
export class Misuse extends Error {
  readonly code = 'misuse';
  readonly retriable = false;
}

const usage =
  'npm run simulate -- --rate R --duration T --seed S ' +
  '[--url http://127.0.0.1:8080] [--data .wallet]';

/**
 * Arguments first, then the running stack's own account of itself.
 * @throws Misuse
 */
export function readSettings(
  args: string[],
  environment: Record<string, string | undefined>,
): Settings {
  const values = parse(args);
  const rate = numberOf('--rate', values.rate ?? '50', 0.1, 5_000);
  const seconds = numberOf('--duration', values.duration ?? '60', 1, 86_400);
  const ownSeed = String(Math.floor(Math.random() * 1e9));
  const seed = numberOf('--seed', values.seed ?? ownSeed, 0, 2 ** 31);
  return { rate, seconds, seed, ...findStack(values, environment) };
}

type Values = {
  rate?: string | undefined;
  duration?: string | undefined;
  seed?: string | undefined;
  url?: string | undefined;
  data?: string | undefined;
};

function parse(args: string[]): Values {
  try {
    return parseArgs({
      args,
      options: {
        rate: { type: 'string' },
        duration: { type: 'string' },
        seed: { type: 'string' },
        url: { type: 'string' },
        data: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new Misuse(`${error instanceof Error ? error.message : String(error)}\nUsage: ${usage}`);
  }
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Misuse(`${name} must be a number from ${least} to ${most}, not "${text}".`);
}

function findStack(
  values: Values,
  environment: Record<string, string | undefined>,
): { edgeUrl: string; databaseUrl: string } {
  const data = values.data ?? '.wallet';
  const urls = readStackUrls(data);
  const edgeUrl = values.url ?? urls?.edge;
  // An edge that is named has its own database; without one, both come from the same description.
  const named = values.url === undefined ? undefined : environment['DATABASE_URL'];
  const databaseUrl = named ?? urls?.database;
  if (edgeUrl !== undefined && databaseUrl !== undefined) return { edgeUrl, databaseUrl };
  throw new Misuse(
    `No running stack is described in ${data}/run/stack.json: run "npm start" in another ` +
      'terminal and try again, or name one with --url and DATABASE_URL.',
  );
}

/** @returns undefined when there is no such file: nothing runs there */
function readStackUrls(data: string): { edge?: string; database?: string } | undefined {
  try {
    const text = readFileSync(join(data, 'run/stack.json'), 'utf8');
    return (JSON.parse(text) as { urls?: { edge?: string; database?: string } }).urls;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
