// `npm run stack`: the servers alone, for development. Prints their addresses as shell variables.
import { parseArgs } from 'node:util';
import { createStack, type Stack } from './stack.ts';
import { writeStackFile } from './stack-file.ts';
import { describeFault } from './setup-fault.ts';

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: '.wallet' },
      brokers: { type: 'string', default: '1' },
    },
  });
  const abort = new AbortController();
  let stack: Stack | null = null;
  const stop = (): void => {
    abort.abort();
    void stack?.close();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  try {
    stack = await createStack({
      dataDir: values.data,
      brokers: values.brokers === '3' ? 3 : 1,
      supervise: true,
      signal: abort.signal,
      onChange: (changed) => writeStackFile(changed, null),
    });
  } catch (fault) {
    if (abort.signal.aborted) return; // stopped while it started: nothing is left to say
    throw fault;
  }
  writeStackFile(stack, null);
  for (const [name, value] of Object.entries(stack.env)) process.stdout.write(`${name}=${value}\n`);
};

main().catch((fault: unknown) => {
  process.stderr.write(`${describeFault(fault)}\n`);
  process.exitCode = 1;
});
