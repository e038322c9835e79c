import { monotonicMs } from '@wallet/runtime';
import { ask } from './ask.ts';
import { tagCount } from './keys.ts';
import type { RedisLinks } from './redis-links.ts';
import { inTime, type Turn } from './turn.ts';

/**
 * Counters live in generations: sets of keys under one name. A rebuild fills a new one beside the
 * one in use and then hands over by event time: what was accepted before `fromMs` is counted in
 * `before` and from then on in `after`. Nothing is ever counted in both, and no process stops.
 */
export type Handover = { readonly before: string; readonly after: string; readonly fromMs: number };

/** Keys from before the first rebuild. */
const firstGeneration: Handover = { before: '', after: '', fromMs: 0 };

/** It lies under every tag: whichever node of a cluster is left can tell. */
const tags = Array.from({ length: tagCount }, (_, tag) => tag);
const keyOf = (prefix: string, tag: number): string => `${prefix}velocity-generation:{${tag}}`;

/** A hand-over is looked for this often. */
const lookEveryMs = 1_000;
/** Counting with an older view than this might count in the wrong generation: it is not done. */
const trustForMs = 5_000;
/** From the announcement to the hand-over: every process has looked by then, or does not count. */
export const noticeMs = 10_000;

/** What stands before the keys of a generation. */
export function generationPrefix(prefix: string, generation: string): string {
  return generation === '' ? prefix : `${prefix}${generation}:`;
}

/** The hand-over in force; null while Redis does not say. */
export async function readHandover(links: RedisLinks, prefix: string): Promise<Handover | null> {
  for (const tag of tags) {
    const reply = await ask(links, tag, ['GET', keyOf(prefix, tag)]);
    if (reply.kind === 'nothing') return firstGeneration;
    if (reply.kind !== 'bytes') continue;
    const [before = '', after = '', fromMs = ''] = reply.bytes.toString().split(' ');
    return { before: before.slice(1), after: after.slice(1), fromMs: Number(fromMs) };
  }
  return null;
}

/** False when Redis did not take it (all of it: it may then be announced again). */
export async function announceHandover(
  links: RedisLinks,
  prefix: string,
  { before, after, fromMs }: Handover,
): Promise<boolean> {
  // A letter before each name: the first generation has none.
  const text = `g${before} g${after} ${fromMs}`;
  const replies = tags.map((tag) => ask(links, tag, ['SET', keyOf(prefix, tag), text]));
  return (await Promise.all(replies)).every(({ kind }) => kind === 'text');
}

/** Which generation counts what, as far as this process knows. */
export type Generations = {
  /** Looks for a hand-over when it is time. False: the view is too old to count by. */
  isCurrent(waitMs: number): Promise<boolean>;
  /** What stands before the keys of something of that time. */
  prefixAt(atMs: number): string;
};

export function createGenerations(links: RedisLinks, prefix: string, turn: Turn): Generations {
  let prefixes = { ...firstGeneration };
  let lookedMs = -Infinity;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const askedMs = monotonicMs();
    const found = await readHandover(links, prefix);
    if (found === null) return;
    lookedMs = askedMs;
    prefixes = {
      before: generationPrefix(prefix, found.before),
      after: generationPrefix(prefix, found.after),
      fromMs: found.fromMs,
    };
  }

  return {
    async isCurrent(waitMs) {
      if (monotonicMs() - lookedMs < lookEveryMs) return true;
      looking ??= look().finally(() => {
        looking = null;
      });
      const pending = looking;
      if (!(await inTime(pending, waitMs))) {
        turn.waitFor(pending);
        return false;
      }
      return monotonicMs() - lookedMs < trustForMs;
    },
    prefixAt: (atMs) => (atMs < prefixes.fromMs ? prefixes.before : prefixes.after),
  };
}
