import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, type Clock } from '@wallet/runtime';
import { announceHandover, noticeMs, readHandover, type Handover } from '../fraud/generations.ts';
import type { RedisLinks } from '../fraud/redis-links.ts';
import type { Filler } from './filler.ts';

/** What the edge accepted before the hand-over has reached Kafka by then. */
const graceMs = 5_000;
const betweenReadingsMs = 250;

/**
 * Fills a new generation of counters from the log while the live processors go on with the one in
 * use, then hands over by event time. Returns the hand-over: behind it nothing reads `before` any
 * more, save for records that are older than `fromMs` and not screened yet.
 * Throws a fault when a server stays away, or when another rebuild came first: then the counters in
 * use are untouched.
 */
export async function rebuildCounters(deps: {
  links: RedisLinks;
  keyPrefix: string;
  /** Name of the new generation; counts into nothing else. */
  generation: string;
  filler: Filler;
  clock: Clock;
  onPhase: (phase: 'reading' | 'handing over') => void;
  fromMs: number;
}): Promise<Handover> {
  const { links, keyPrefix, generation, filler, clock, fromMs } = deps;
  const inUse = await mustRead(links, keyPrefix);
  deps.onPhase('reading');
  await filler.fill({ fromMs, untilMs: Infinity });

  const now = await mustRead(links, keyPrefix);
  if (now.after !== inUse.after)
    throw new Fault('other_rebuild', 'another rebuild has handed over', { retriable: false });
  const handover = { before: now.after, after: generation, fromMs: clock.nowMs() + noticeMs };
  deps.onPhase('handing over');
  if (!(await announceHandover(links, keyPrefix, handover)))
    throw new Fault('redis_unavailable', 'Redis did not take the hand-over', { retriable: false });
  const range = { fromMs, untilMs: handover.fromMs };
  // Close behind the live processors, so that little is missing at the moment of the hand-over.
  while (clock.nowMs() < handover.fromMs + graceMs) {
    await filler.fill(range);
    await sleep(betweenReadingsMs);
  }
  await filler.fill(range);
  return handover;
}

async function mustRead(links: RedisLinks, keyPrefix: string): Promise<Handover> {
  const found = await readHandover(links, keyPrefix);
  if (found !== null) return found;
  throw new Fault('redis_unavailable', 'Redis does not answer', { retriable: false });
}
