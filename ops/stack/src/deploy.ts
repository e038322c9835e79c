import { writeFileSync } from 'node:fs';
import { createDatabase, migrate } from '@wallet/core-ledger';
import type { Phases } from './phases.ts';
import { runProgram } from './programs.ts';
import { seedEntry } from './roles.ts';
import { SetupFault } from './setup-fault.ts';
import type { Stack } from './stack.ts';

/** Brings the database to the present schema. */
export const deployDatabase = (stack: Stack, phases: Phases): Promise<void> =>
  phases.run('migrate', async (note) => {
    const url = stack.env['DATABASE_URL'] ?? '';
    const database = createDatabase({ url, applicationName: 'wallet-deploy', poolSize: 2 });
    try {
      const { done } = await migrate(database);
      note(`schema ${done.at(-1)}`);
    } finally {
      await database.close();
    }
  });

/** Fills the sandbox with its users and wallets; what is there stays. */
export const seedSandbox = (
  stack: Stack,
  env: Readonly<Record<string, string>>,
  phases: Phases,
): Promise<void> =>
  phases.run('sandbox', async () => {
    const { code, output } = await runProgram(process.execPath, [seedEntry], {
      env: { ...process.env, ...stack.env, ...env },
    });
    if (code === 0) return;
    const log = stack.logFile('sandbox');
    writeFileSync(log, output);
    const error = output.split('\n').find((line) => /error|fault/i.test(line)) ?? '';
    throw new SetupFault(`The sandbox could not be filled: ${error.slice(0, 300)}`, `See ${log}`);
  });
