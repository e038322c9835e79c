// `npm run wallet -- <command>`: the operator's commands. Exit code 0 good, 1 a finding, 2 misuse.
import { commands, type Command, type CommandEntry } from './commands/table.ts';
import { describeFault } from './setup-fault.ts';

const column = 28;

/** A long form has a line of its own. */
const lineOf = ({ usage: form, summary }: CommandEntry): string =>
  form.length < column
    ? `  ${form.padEnd(column)}${summary}`
    : `  ${form}\n  ${' '.repeat(column)}${summary}`;

const usage = (): string =>
  ['usage: npm run wallet -- <command>', ...Object.values(commands).map(lineOf)].join('\n');

const main = async ([name = '', ...args]: readonly string[]): Promise<number> => {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    process.stderr.write(`${usage()}\n`);
    return name === '' || name === 'help' || name === '--help' ? 0 : 2;
  }
  const run: Command = await entry.load();
  return run(args, {
    environment: process.env,
    print: (line) => void process.stdout.write(`${line}\n`),
  });
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (fault) {
  process.stderr.write(`${describeFault(fault)}\n`);
  process.exitCode = 1;
}
