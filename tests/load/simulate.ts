// `npm run simulate [-- commands]`: exit 0 when all agrees, 1 on any difference, 2 on misuse.
import { runCommands } from '../commands/run.ts';
import { Misuse, readSettings } from '../simulate/settings.ts';
import { simulate } from '../simulate/simulation.ts';

async function main(): Promise<number> {
  const interrupted = new AbortController();
  // The first Ctrl-C ends the day early and still reconciles; the second ends the process.
  process.once('SIGINT', () => interrupted.abort());
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const [what, ...args] = process.argv.slice(2);
  if (what === 'commands') return (await runCommands(args, say)) ? 0 : 1;
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
