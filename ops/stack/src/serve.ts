// `npm run stack`: the servers alone, for development. Prints their addresses as shell variables.
import { parseArgs } from 'node:util';
import { createStack } from './stack.ts';
import { writeStackFile } from './stack-file.ts';
import { reportFault } from './report-fault.ts';
import { createStopSignals, endOnSignals } from './stop-signals.ts';

const main = async (values: { data: string; brokers: string }): Promise<void> => {
  const signals = createStopSignals(() => undefined);
  const stack = await createStack({
    dataDir: values.data,
    brokers: values.brokers === '3' ? 3 : 1,
    supervise: true,
    signal: signals.stop,
    onChange: (changed) => writeStackFile(changed, null),
  }).catch((fault: unknown) => {
    if (signals.stop.aborted) return null; // stopped while it started: nothing is left to say
    throw fault;
  });
  if (stack === null) return;
  endOnSignals(signals, stack);
  writeStackFile(stack, null);
  for (const [name, value] of Object.entries(stack.env)) process.stdout.write(`${name}=${value}\n`);
};

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '.wallet' },
    brokers: { type: 'string', default: '1' },
  },
});
main(values).catch((fault: unknown) => {
  reportFault(fault, values.data);
  process.exitCode = 1;
});
