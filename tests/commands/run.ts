import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPhases, createStack } from '@wallet/stack';
import { Misuse } from '../simulate/settings.ts';
import { serversOfEnvironment, type ServerAddresses } from '../support/server-addresses.ts';
import { startSystem } from '../support/system.ts';
import { linesOf } from './report.ts';
import { playCommands, type CommandDay } from './simulation.ts';

/** One process each, so that each can die alone. */
export const stages = [
  ...['fraud', 'settlement', 'commands', 'timers', 'outbox', 'outcomes', 'notifications'],
];
export const mortals = ['edge', 'identity', ...stages.map((stage) => `streams:${stage}`)];

const usage =
  'npm run simulate -- commands [--count 20000] [--seed S] [--concurrency 64] ' +
  '[--kill-every COMMANDS]';

/**
 * `npm run simulate -- commands`: starts the product's processes, on the servers of the environment
 * or on servers of its own, and plays a day of commands. @returns is nothing wrong?
 */
export async function runCommands(args: string[], say: (line: string) => void): Promise<boolean> {
  const day = readDay(args);
  const own = process.env['DATABASE_URL'] === undefined ? await ownServers() : null;
  try {
    const system = await startSystem({
      ...(own === null ? {} : { servers: own.addresses }),
      ...{ seed: true, rules: 'lenient', supervise: true, processors: stages },
    });
    try {
      const result = await playCommands(system, day, say);
      const { given, accepted, repeats, redelivered, killed, closing, seconds, wrong, table } =
        result;
      for (const line of linesOf(table)) say(line);
      say(
        `${given} commands in ${seconds.toFixed(0)} s: ${accepted} accepted, ${repeats} sent ` +
          `again, ${redelivered} redelivered by Kafka, ${killed.length} processes killed, ` +
          `${closing} to close all cases; seed ${day.seed}`,
      );
      for (const line of wrong.slice(0, 20)) say(`WRONG ${line}`);
      say(wrong.length === 0 ? 'Nothing is wrong.' : `${wrong.length} things are wrong.`);
      return wrong.length === 0;
    } finally {
      await system.stop();
    }
  } finally {
    await own?.close();
  }
}

/** @throws Misuse */
function readDay(args: string[]): CommandDay {
  const values = parse(args);
  const killEvery = values['kill-every'];
  const numbers = [values.count, values.seed, values.concurrency, killEvery ?? '1'].map(Number);
  const [count = 0, seed = 0, concurrency = 0, everyCommands = 0] = numbers;
  if (!numbers.every((each) => each >= 0) || count * concurrency * everyCommands === 0) {
    throw new Misuse(`Give numbers above 0.\nUsage: ${usage}`);
  }
  const kills = killEvery === undefined ? null : { roles: mortals, everyCommands };
  return { count, seed, concurrency, kills };
}

function parse(args: string[]) {
  const options = {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    concurrency: { type: 'string', default: '64' },
    'kill-every': { type: 'string' },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Misuse(`${error instanceof Error ? error.message : String(error)}\nUsage: ${usage}`);
  }
}

async function ownServers(): Promise<{ addresses: ServerAddresses; close(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'wallet-commands-'));
  chmodSync(dataDir, 0o755); // as root, PostgreSQL runs as another user
  const stack = await createStack({
    ...{ dataDir, named: {}, docker: false, phases: createPhases() },
    services: ['postgres', 'redis', 'kafka', 'registry'],
  });
  const addresses = serversOfEnvironment(stack.env);
  return { addresses, close: () => stack.destroy() };
}
