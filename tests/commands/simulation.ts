import { createRandom, type Random } from '../simulate/random.ts';
import { eachAtMost } from '../simulate/concurrency.ts';
import { NoAnswer } from '../support/http-client.ts';
import type { System } from '../support/system.ts';
import { gatherCast } from './cast.ts';
import { closeAll, drained } from './closing.ts';
import { commandKinds, createMakers, nextDraw } from './commands.ts';
import { createKills, type KillOptions, type Kills } from './kills.ts';
import { nothingKnown, recentOf } from './known.ts';
import { createOutcomes } from './outcomes.ts';
import { startRedelivery } from './redelivery.ts';
import { outcomeTable, type OutcomeTable } from './report.ts';
import { createSender, type Sender } from './sending.ts';
import { judge } from './verdict.ts';

export type CommandDay = {
  seed: number;
  /** Commands, at least; repeats are not counted. */
  count: number;
  /** Most commands under way at a time. */
  concurrency: number;
  /** Kills a process of these so often, with SIGKILL; null kills nobody. */
  kills: KillOptions | null;
};

export type CommandDayResult = {
  /** A sentence for each thing that is wrong: empty is good. */
  wrong: string[];
  /** What became of the commands, by kind. */
  table: OutcomeTable;
  given: number;
  accepted: number;
  repeats: number;
  redelivered: number;
  killed: readonly string[];
  /** Commands it took to close all cases. */
  closing: number;
  /** From the first command to the last answer. */
  seconds: number;
};

/** So many of a hundred commands are sent a second time, at once or later. */
const repeatShare = 0.06;
const repeatsInMind = 300;
/** So many are given three times at once, each under a key of its own: they race for one object. */
const burstShare = 0.08;
const burst = 3;

/**
 * Gives commands of every kind through the edge, many at once and often about the same object;
 * some come again from their client, some again and out of order from Kafka. Then closes all cases
 * and looks whether one thing is wrong. The processes need the sandbox and rules without suspicion.
 */
export async function playCommands(
  system: System,
  day: CommandDay,
  say: (line: string) => void,
): Promise<CommandDayResult> {
  const { seed, kills: killing } = day;
  const random = createRandom(seed);
  const cast = await gatherCast(system);
  const outcomes = createOutcomes(system.db);
  const sender = createSender(`commands-${seed}`);
  const before = new Set(await outcomes.others([]));
  const redelivery = startRedelivery(system.wire, createRandom(seed + 1));
  const kills = killing && createKills(system, { ...killing, random: createRandom(seed + 2) });
  const startedMs = performance.now();
  const known = nothingKnown();
  say(`seed ${seed}: ${day.count} commands, ${day.concurrency} at a time`);
  await give(day, { random, sender, makers: createMakers(cast, known), kills });
  const seconds = (performance.now() - startedMs) / 1_000;
  say(`${sender.accepted.size} accepted in ${seconds.toFixed(1)} s; closing all cases`);
  await kills?.recovered();
  const closer = { system, cast, sender, outcomes, random };
  await drained(closer);
  await redelivery.stop();
  const { repeats } = sender.counts;
  const [given, accepted] = [sender.sent.length, sender.accepted.size];
  const table = outcomeTable(sender, await outcomes.statuses(sender.accepted.keys()));
  const closing = await closeAll(closer);
  const wrong = await judge({ system, sender, outcomes, before });
  return {
    ...{ wrong, table, given, accepted, repeats, closing, seconds },
    redelivered: redelivery.count(),
    killed: kills?.killed ?? [],
  };
}

type Giving = {
  random: Random;
  sender: Sender;
  makers: ReturnType<typeof createMakers>;
  kills: Kills | null;
};

/**
 * What chance says is drawn in order; what it is about is what was known when its turn came. Each
 * kind has one turn of its own, spread over the day: the rare ones come in a short day, too.
 */
async function give({ count, concurrency }: CommandDay, giving: Giving): Promise<void> {
  const { random, sender, makers, kills } = giving;
  const every = Math.ceil(count / commandKinds.length);
  const turns = Array.from({ length: count }, (_, turn) => ({
    isRepeated: random.chance(repeatShare),
    times: random.chance(burstShare) ? burst : 1,
    rank: random.next(),
    draws: Array.from({ length: drawsEach }, () =>
      nextDraw(random, turn % every === 0 ? commandKinds[turn / every] : undefined),
    ),
  }));
  await eachAtMost(concurrency, turns, async ({ isRepeated, times, rank, draws }) => {
    await kills?.count();
    const again = isRepeated ? recentOf(sender.sent, rank, repeatsInMind) : undefined;
    const repeated = again === undefined ? null : sender.repeat(again);
    for (const draw of draws) {
      const command = await orNothing(() => makers[draw.kind](draw));
      if (command === null) continue;
      const given = Array.from({ length: times }, () => sender.give(draw.kind, command));
      await Promise.all([...given, repeated]);
      return;
    }
    await repeated;
  });
}

/** The first of them that has something to be about is given. */
const drawsEach = 8;

/** A maker that asks the edge and gets no answer makes nothing. */
async function orNothing<T>(make: () => T | Promise<T>): Promise<T | null> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}
