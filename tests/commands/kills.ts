import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../simulate/random.ts';
import type { System } from '../support/system.ts';

/** Processes that die while others work; the launcher starts them again. */
export type Kills = {
  readonly killed: readonly string[];
  stop(): Promise<void>;
};

/** Kills a process every so often: each role once before any comes again, in the seed's order. */
export function startKills(
  system: Pick<System, 'kill'>,
  options: { roles: readonly string[]; everyMs: number; random: Random },
): Kills {
  const { roles, everyMs, random } = options;
  const stopping = new AbortController();
  const killed: string[] = [];
  let turn: string[] = [];
  const run = async (): Promise<void> => {
    for (;;) {
      const waited = await pause(everyMs, true, { signal: stopping.signal }).catch(() => false);
      if (!waited) return;
      if (turn.length === 0) turn = [...roles];
      const role = random.pick(turn);
      turn = turn.filter((other) => other !== role);
      await system.kill(role);
      killed.push(role);
    }
  };
  const running = run();
  return {
    killed,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
