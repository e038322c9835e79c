import type { Random } from '../simulate/random.ts';
import type { System } from '../support/system.ts';

/** Processes that die while others work; the launcher starts them again. */
export type Kills = {
  readonly killed: readonly string[];
  /** Counts one more command; every so many a process is killed: this waits until it is dead. */
  count(): Promise<void>;
  /** Waits until all who were killed are back: one that is not yet looks like one with no work. */
  recovered(): Promise<void>;
};

const backMs = 60_000;

export type KillOptions = { roles: readonly string[]; everyCommands: number };

/**
 * Kills a process every so many commands, so that a day has as many kills on a fast machine as on a
 * slow one: each role once before any comes again, in the seed's order.
 */
export function createKills(
  system: Pick<System, 'kill' | 'process' | 'waitFor'>,
  options: KillOptions & { random: Random },
): Kills {
  const { roles, everyCommands, random } = options;
  const killed: string[] = [];
  let commands = 0;
  let turn: string[] = [];
  return {
    killed,
    async count() {
      commands += 1;
      if (commands % everyCommands > 0) return;
      if (turn.length === 0) turn = [...roles];
      const role = random.pick(turn);
      turn = turn.filter((other) => other !== role);
      await system.kill(role);
      killed.push(role);
    },
    async recovered() {
      for (const role of new Set(killed)) {
        const ready = `${system.process(role).statusUrl}/readyz`;
        const isReady = async () => (await fetch(ready)).ok;
        await system.waitFor(isReady, `${role} to be back`, backMs);
      }
    },
  };
}
