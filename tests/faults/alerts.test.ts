import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toldWithinSeconds } from '../observability/faults/fault.ts';
import { tamperWithEntry } from '../observability/faults/table/data.ts';
import { faults } from '../observability/faults/table.ts';
import { openWatch, type Watch } from '../observability/faults/watch.ts';
import { openWorld, type World } from '../observability/faults/world.ts';
import { waitFor } from '../support/wait-for.ts';

// Three faults at once, so that it is over soon; all of them, one by one: npm run faults -- alerts.
const startMs = 150_000;
const seed = Date.now() % 1_000_000;
const cli = fileURLToPath(new URL('../../ops/stack/src/cli.ts', import.meta.url));

let world: World;
let watch: Watch;

beforeAll(async () => {
  console.log(`alerts: the simulator's seed is ${seed}`);
  const say = (line: string): void => console.log(line);
  world = await openWorld({ rate: 5, seed, ownServers: false, say });
  await world.untilWell();
  watch = await openWatch(world.targets);
}, startMs);

afterAll(async () => {
  await watch?.close();
  await world?.close();
}, startMs);

/** What `wallet verify` says, and with which exit code. */
function verify(): Promise<{ code: number; text: string }> {
  const env = { ...process.env, DATABASE_URL: world.system.databaseUrl };
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'verify'], { env }, (error, text) =>
      resolve({ code: error === null ? 0 : Number(error.code), text }),
    );
  });
}

const firing = async (): Promise<string[]> => (await watch.firing()).map(({ alert }) => alert);
/** Resolves when nothing fires; else it throws what does. */
const quiet = async (): Promise<true> => {
  expect(await firing()).toEqual([]);
  return true;
};
const inject = (name: string) =>
  faults.find((fault) => fault.name === name)?.inject(world) ?? Promise.reject(new Error(name));

test(
  'a tampered row, a poison record and a dead edge wake somebody for just that, in two minutes',
  () =>
    world.system.guard(async () => {
      await waitFor(
        async () => (await watch.reached()) === world.targets.size && (await quiet()),
        'every process to be seen and nothing to fire',
        60_000,
      );
      const tampered = await tamperWithEntry(world);
      const heals = [tampered, await inject('payment poisoned'), await inject('edge killed')];
      const told = (receiver: string): string[] =>
        watch.notices.filter((one) => one.receiver === receiver).map(({ alert }) => alert);
      await waitFor(
        async () =>
          told('pages').includes('LedgerWrong') &&
          told('pages').includes('RoleAway') &&
          told('tickets').includes('DeadLetters'),
        'all three to be told',
        toldWithinSeconds * 1_000,
      );
      const { code, text } = await verify();
      expect(code).toBe(1);
      expect(text).toMatch(new RegExp(`✗ I3 .*\n +entry ${tampered.entry}: `));
      for (const heal of heals) await heal();
      await waitFor(quiet, 'nothing to fire', 90_000);
      expect([...new Set(told('pages'))].sort()).toEqual(['LedgerWrong', 'RoleAway']);
      expect((await verify()).code).toBe(0);
    }),
  240_000,
);
