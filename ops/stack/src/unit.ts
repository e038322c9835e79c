import type { Child, Children, Launch } from './children.ts';
import { readIfThere } from './durable-file.ts';
import { SetupFault } from './setup-fault.ts';
import { pause, waitUntil } from './wait.ts';

/** A new child is started within 2 s of a death, whatever the number of deaths before. */
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 1_500;
/** A child that lived this long is well again: its next death counts as the first. */
const HEALTHY_AFTER_MS = 20_000;
const LOG_LINE_LIMIT = 400;
const LOG_LINES_SEARCHED = 25;

export type UnitPlan = Launch & {
  /** Does it answer? */
  probe(): Promise<boolean>;
  readyWithinMs: number;
  /** Runs before each start (left-over files, formats). */
  prepare?(): Promise<void>;
};

/** Something that runs as a child and can be started again: a server or one of our processes. */
export type Unit = {
  readonly name: string;
  /** null while it is not running */
  pid: () => number | null;
  start: () => Promise<void>;
  /** Resolves when it answers; throws a SetupFault when it ends or stays silent. */
  ready: () => Promise<void>;
  stop: () => Promise<void>;
  /** Sends a signal and returns; after SIGKILL `restart` brings it back. */
  kill: (signal: NodeJS.Signals) => void;
  /** Stops it if it runs, starts it, waits until it answers. */
  restart: () => Promise<void>;
  /** Resolves at the next end of the running child. */
  ended: () => Promise<string>;
};

export type UnitContext = {
  children: Children;
  /** Start again what ends unasked. */
  supervise: boolean;
  /** Told after each start and end. */
  onChange(): void;
  /** Told when it ended unasked. */
  onDeath(name: string, how: string): void;
};

/** The pause before restart number `count` (0 = the first), in ms. */
export const restartPauseMs = (count: number): number =>
  Math.min(FIRST_RESTART_MS * 2 ** count, LONGEST_RESTART_MS);

/** Of the end of a log, the line that names an error; else the last one. */
export const tellingLine = (log: string): string => {
  const lines = log.trimEnd().split('\n').slice(-LOG_LINES_SEARCHED);
  return (
    lines.findLast((line) => /error|exception|fatal/i.test(line)) ??
    lines.at(-1) ??
    ''
  ).trim();
};

type Keeper = {
  child: () => Child | null;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** Supervision begins with the first answer: what never worked is reported, not tried again. */
  settle: () => void;
  /** Will a dead child come back by itself? */
  revives: () => boolean;
};

/** Holds the one child of a unit and, under supervision, replaces it when it ends unasked. */
const createKeeper = (plan: UnitPlan, context: UnitContext): Keeper => {
  let child: Child | null = null;
  let wanted = false;
  let settled = false;
  let deaths = 0;

  const launch = async (): Promise<void> => {
    await plan.prepare?.();
    if (!wanted || child !== null) return; // stopped, or started by somebody else, meanwhile
    child = context.children.spawn(plan);
    context.onChange();
    void watch(child, performance.now());
  };

  const watch = async (started: Child, startedMs: number): Promise<void> => {
    const how = await started.ended;
    child = null;
    context.onChange();
    if (!wanted || context.children.isRefusing()) return;
    context.onDeath(plan.name, how);
    if (performance.now() - startedMs > HEALTHY_AFTER_MS) deaths = 0;
    if (context.supervise && settled) await revive();
  };

  const revive = async (): Promise<void> => {
    while (wanted && child === null && !context.children.isRefusing()) {
      await pause(restartPauseMs(deaths));
      deaths += 1;
      try {
        if (wanted && child === null) await launch();
      } catch (fault) {
        context.onDeath(plan.name, fault instanceof Error ? fault.message : String(fault));
      }
    }
  };

  return {
    child: () => child,
    async start() {
      wanted = true;
      if (child === null) await launch();
    },
    async stop() {
      wanted = false;
      await child?.stop();
    },
    settle() {
      settled = true;
    },
    revives: () => context.supervise && settled,
  };
};

/** @returns the unit, not yet started */
export const createUnit = (plan: UnitPlan, context: UnitContext): Unit => {
  const keeper = createKeeper(plan, context);
  const silent = (what: string): SetupFault => {
    const log = context.children.logFile(plan.name);
    const line = tellingLine(readIfThere(log) ?? '').slice(0, LOG_LINE_LIMIT);
    return new SetupFault(`${what}${line === '' ? '.' : `: ${line}`}`, `See ${log}`);
  };
  const ready = async (): Promise<void> => {
    const answered = async (): Promise<boolean> => {
      if (keeper.child() !== null) return plan.probe();
      if (keeper.revives()) return false;
      throw silent(`${plan.name} ended while starting`);
    };
    const inTime = await waitUntil(answered, { withinMs: plan.readyWithinMs });
    if (!inTime) throw silent(`${plan.name} does not answer after ${plan.readyWithinMs / 1000} s`);
    keeper.settle();
  };
  return {
    name: plan.name,
    pid: () => keeper.child()?.pid ?? null,
    start: keeper.start,
    ready,
    stop: keeper.stop,
    kill: (signal) => keeper.child()?.signal(signal),
    async restart() {
      await keeper.stop();
      await keeper.start();
      await ready();
    },
    ended: async () => keeper.child()?.ended ?? 'not running',
  };
};
