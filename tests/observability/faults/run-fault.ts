import { setTimeout as pause } from 'node:timers/promises';
import { rules } from '@wallet/grafana';
import { waitFor } from '../../support/wait-for.ts';
import type { Fault, Seen } from './fault.ts';
import { openWatch, type Watch } from './watch.ts';
import type { World } from './world.ts';

/** So long nothing fires before anything is harmed. */
const quietMs = 12_000;
const quietWithinMs = 120_000;
const leastSeconds = 30;
const giveUpMs = 170_000;
const resolvedWithinMs = 240_000;
/** What a healing may still bring. */
const afterMs = 6_000;
const everyMs = 1_000;

/** Harms the world once and takes down who was told of it, and when. */
export async function runFault(fault: Fault, world: World): Promise<Seen> {
  await world.untilWell();
  const watch = await openWatch(world.targets);
  try {
    await untilQuiet(watch, world.targets.size);
    const fired = new Map<string, number>();
    const startMs = performance.now();
    const since = (): number => Math.round((performance.now() - startMs) / 1_000);
    const look = async (): Promise<void> => {
      for (const { alert, severity } of await watch.firing()) {
        const name = `${severity} ${alert}`;
        if (!fired.has(name)) fired.set(name, since());
      }
    };
    const toldOf = () => watch.notices.find(({ alert }) => alert === fault.alert);
    const heal = await fault.inject(world);
    try {
      while (performance.now() - startMs < giveUpMs) {
        await look();
        if (toldOf() !== undefined && since() > (fault.leastSeconds ?? leastSeconds)) break;
        await pause(everyMs);
      }
    } finally {
      await heal();
    }
    const healedMs = performance.now();
    let resolvedSeconds: number | null = null;
    while (performance.now() - healedMs < resolvedWithinMs && resolvedSeconds === null) {
      await look();
      const still = (await watch.firing()).some(({ alert }) => alert === fault.alert);
      if (still) await pause(everyMs);
      else resolvedSeconds = Math.round((performance.now() - healedMs) / 1_000);
    }
    await pause(afterMs);
    const told = toldOf();
    const toldSeconds = told === undefined ? null : Math.round((told.atMs - startMs) / 1_000);
    return { ...describe(fault, fired, watch), toldSeconds, resolvedSeconds };
  } finally {
    await watch.close();
  }
}

async function untilQuiet(watch: Watch, processes: number): Promise<void> {
  let quietSinceMs: number | null = null;
  await waitFor(
    async () => {
      const firing = await watch.firing();
      if (firing.length > 0 || (await watch.reached()) < processes) {
        quietSinceMs = null;
        throw new Error(`firing: ${firing.map(({ alert }) => alert).join(', ') || 'nothing'}`);
      }
      quietSinceMs ??= performance.now();
      return performance.now() - quietSinceMs > quietMs;
    },
    'all to be well before the fault',
    quietWithinMs,
  );
}

function describe(
  { name, alert }: Fault,
  fired: ReadonlyMap<string, number>,
  { notices }: Watch,
): Omit<Seen, 'toldSeconds' | 'resolvedSeconds'> {
  const severity = rules.alerts.find((one) => one.name === alert)?.severity ?? 'page';
  const told = (receiver: string): string[] =>
    unique(notices.filter((notice) => notice.receiver === receiver).map((one) => one.alert));
  const others = [...fired.keys()].map((key) => key.split(' ')[1] ?? '');
  return {
    fault: name,
    ...{ alert, severity, firedSeconds: fired.get(`${severity} ${alert}`) ?? null },
    pages: told('pages').filter((one) => one !== alert),
    tickets: told('tickets').filter((one) => one !== alert),
    hushed: unique(others).filter((one) => !notices.some((notice) => notice.alert === one)),
    on: new Date().toISOString().slice(0, 10),
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();
