import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Settings } from '../simulate/settings.ts';
import { simulate } from '../simulate/simulation.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const runMs = 90_000;

let system: System;

beforeAll(async () => {
  system = await startSystem({ seed: true });
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

/** A short day; its seed is in the first line of what it says. */
function aDay(seconds: number): Settings {
  return {
    rate: 60,
    seconds,
    seed: Math.floor(Math.random() * 1e9),
    edgeUrl: system.edgeUrl,
    databaseUrl: system.databaseUrl,
  };
}

const settled = 'waiting until everything accepted has come to rest …';

describe('a simulated day', () => {
  test(
    'ends with books that agree to the last minor unit',
    async () => {
      const lines: string[] = [];
      const differences = await system.guard(() =>
        simulate(aDay(12), (line) => void lines.push(line), new AbortController().signal),
      );
      if (differences.length > 0) throw new Error(lines.join('\n'));
      expect(lines.at(-1)).toMatch(/The books agree to the last minor unit: \d+ wallets; seed \d+/);
      // Each kind of answer occurred, so that the agreement means something.
      for (const word of [
        'captured',
        'in_review',
        'insufficient_funds',
        'authorized',
        'double_click',
      ]) {
        expect(lines.at(-1)).toContain(word);
      }
      expect(lines.at(-1)).toMatch(/^[1-9]\d* settlements/m);
    },
    runMs,
  );

  test(
    'does not agree when one minor unit is somewhere else',
    async () => {
      let tampered: Promise<{ rows: { wallet_id: string }[] }> | undefined;
      const say = (line: string): void => {
        if (line !== settled) return;
        tampered = system.db.knex
          .raw<{ rows: { wallet_id: string }[] }>(
            `update account set balance_minor = balance_minor + 1 where id = (
               select max(id) from account where kind = 'customer') returning wallet_id`,
          )
          .then((result) => result);
      };
      const differences = await simulate(aDay(3), say, new AbortController().signal);
      const [wallet] = (await tampered)?.rows ?? [];
      expect(differences.map(({ kind, id }) => ({ kind, id }))).toEqual([
        { kind: 'balance_differs', id: wallet?.wallet_id },
      ]);
    },
    runMs,
  );
});
