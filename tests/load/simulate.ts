// `npm run simulate`: exit 0 when the books agree, 1 on any difference, 2 when it cannot begin.
import { Misuse, readSettings } from '../simulate/settings.ts';
import { simulate } from '../simulate/simulation.ts';

async function main(): Promise<number> {
  const interrupted = new AbortController();
  // The first Ctrl-C ends the day early and still reconciles; the second ends the process.
  process.once('SIGINT', () => interrupted.abort());
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const settings = readSettings(process.argv.slice(2), process.env);
  const differences = await simulate(settings, say, interrupted.signal);
  return differences.length === 0 ? 0 : 1;
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const isMisuse = error instanceof Misuse;
    process.stderr.write(`${isMisuse ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = isMisuse ? 2 : 1;
  },
);
