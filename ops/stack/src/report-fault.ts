import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeFault, SetupFault } from './setup-fault.ts';

/**
 * Tells the terminal why a start failed: a sentence and its mend. Of a fault that nobody foresaw it
 * gets one line, and the stack's folder the trace.
 */
export const reportFault = (fault: unknown, dataDir: string): void => {
  if (fault instanceof SetupFault) {
    process.stderr.write(`${describeFault(fault)}\n`);
    return;
  }
  const file = join(resolve(dataDir), 'log/launcher.log');
  mkdirSync(join(resolve(dataDir), 'log'), { recursive: true });
  writeFileSync(file, `${new Date().toISOString()} ${describeFault(fault)}\n`, { flag: 'a' });
  const message = fault instanceof Error ? fault.message.split('\n')[0] : String(fault);
  process.stderr.write(`The start failed: ${message}\n  → Look at ${file}\n`);
};
