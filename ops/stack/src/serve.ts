// `npm run stack`: the servers alone, for development. Prints their addresses as shell variables.
import { parseArgs } from 'node:util';
import { createStack } from './stack.ts';
import { describeFault } from './setup-fault.ts';

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: '.wallet' },
      brokers: { type: 'string', default: '1' },
    },
  });
  const stack = await createStack({
    dataDir: values.data,
    brokers: values.brokers === '3' ? 3 : 1,
    supervise: true,
  });
  for (const [name, value] of Object.entries(stack.env)) process.stdout.write(`${name}=${value}\n`);
  const stop = () => void stack.close();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
};

main().catch((fault: unknown) => {
  process.stderr.write(`${describeFault(fault)}\n`);
  process.exitCode = 1;
});
