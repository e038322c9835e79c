import { appendFileSync, writeFileSync } from 'node:fs';
import { createDatabase, migrate, publishFirst, readFirstRules } from '@wallet/core-ledger';
import { createLog } from '@wallet/runtime';
import { allTopics, deployWire } from '@wallet/schemas';
import type { Phases } from './phases.ts';
import { runProgram } from './programs.ts';
import { seedEntry } from './roles.ts';
import { SetupFault } from './setup-fault.ts';
import type { Stack } from './stack.ts';
import { tellingLine } from './unit.ts';

/**
 * Brings the database to the present schema, and lets the shipped fraud rules decide when nothing
 * was ever published.
 */
export const deployDatabase = (stack: Stack, phases: Phases): Promise<void> =>
  phases.run('migrate', async (note) => {
    const url = stack.env['DATABASE_URL'] ?? '';
    const database = createDatabase({ url, applicationName: 'wallet-deploy', poolSize: 2 });
    try {
      const { done } = await migrate(database);
      await publishFirst(database, await readFirstRules(process.env['RULESET_FILE'] ?? ''));
      note(`schema ${done.at(-1)}`);
    } finally {
      await database.close();
    }
  });

/** Registers every schema and creates every topic. */
export const deployTopics = (stack: Stack, phases: Phases): Promise<void> =>
  phases.run('topics', async (note) => {
    const file = stack.logFile('deploy');
    const destination = { write: (line: string) => appendFileSync(file, line) };
    await deployWire({
      brokers: (stack.env['KAFKA_BROKERS'] ?? '').split(','),
      registryUrl: stack.env['SCHEMA_REGISTRY_URL'] ?? '',
      topicPrefix: process.env['KAFKA_TOPIC_PREFIX'] ?? '',
      log: createLog({ role: 'deploy', destination }),
    });
    note(`${allTopics.length} topics with their schemas and dead letters`);
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
    throw new SetupFault(`The sandbox could not be filled: ${tellingLine(output)}`, `See ${log}`);
  });
