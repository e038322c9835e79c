import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mortals, stages } from '../commands/run.ts';
import { linesOf } from '../commands/report.ts';
import { playCommands } from '../commands/simulation.ts';
import { startSystem, type System } from '../support/system.ts';

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const count = 1_300;
const startMs = 90_000;
const runMs = 180_000;
let system: System;

beforeAll(async () => {
  system = await startSystem({
    ...{ seed: true, rules: 'lenient', supervise: true, processors: stages },
  });
}, startMs);
afterAll(async () => {
  await system?.stop();
}, startMs);

test(
  'commands of every kind under kill -9: once all cases are closed nothing is wrong',
  async () => {
    console.log(`commands: FAULT_SEED=${seed} replays the draws`);
    const kills = { roles: mortals, everyCommands: Math.floor(count / (mortals.length + 0.5)) };
    const day = { seed, count, concurrency: 16, kills };
    const said: string[] = [];
    const result = await system.guard(() => playCommands(system, day, (line) => said.push(line)));
    console.log([...said, ...linesOf(result.table)].join('\n'));
    expect(result.wrong).toEqual([]);
    // The day was worth its name: each kind was accepted, and chance did what it should.
    const never = [...result.table].filter(([, outcomes]) => Object.keys(outcomes).length === 0);
    expect(never).toEqual([]);
    expect(result.accepted).toBeGreaterThan(count / 3);
    expect([...result.killed].sort()).toEqual([...mortals].sort());
    expect(result.repeats).toBeGreaterThan(0);
    expect(result.redelivered).toBeGreaterThan(0);
  },
  runMs,
);
