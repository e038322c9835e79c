import { monotonicMs, type Log } from '@wallet/runtime';
import { createRedisLink, type RedisLink, type Reply } from '@wallet/runtime/redis';
import { createBreaker } from './intents/breaker.ts';

/** What Redis said to one command; null: nothing is there. */
export type Told = string | null;

/** The one connection of a process to Redis. */
export type Redis = {
  /**
   * Sends commands that belong together, in order; those of all callers of one turn of the event
   * loop share one write. Resolves with what was said to each. Rejects when Redis is away, refuses
   * one of them, or does not answer in time; they may have had their effect then. Of every part
   * each character is one byte.
   * @param lastKey is read once for all who travel together, after everything that they ask for;
   * what it holds is told last
   */
  ask(commands: readonly (readonly string[])[], lastKey?: string): Promise<Told[]>;
  close(): void;
};

/** A request waits so long for Redis at most. Three find out so; then for a second nobody waits. */
const patience = { threshold: 3, restMs: 1_000, timeoutMs: 100 };
/** A connection that owes answers and stays silent this long is replaced. */
const longestSilenceMs = 3_000;
/**
 * Least time between two departures: fewer and larger requests, as each write wakes Redis and each
 * answer wakes us, which costs both more than what is asked. Whoever comes alone does not wait.
 */
const gapMs = 4;

type Asker = {
  /** Replies to its own commands, and what it has been told, with that of the last key. */
  readonly own: number;
  readonly all: number;
  readonly told: Told[];
  refused: Error | null;
  resolve(told: Told[]): void;
  reject(error: Error): void;
};

/**
 * While the connection is down every question fails at once: nothing queues up, and each caller has
 * its stated way to go on. One write and one time limit for all that is asked in one turn cost a
 * tenth of what a general client and a timer for each command do.
 */
export function createRedis(options: { url: string; log: Log }): Redis {
  const { url, log } = options;
  const asker = { name: 'edge', without: 'going on by the ledger' };
  const link = createRedisLink({ url, prepare: [], asker, log });
  const breaker = createBreaker({
    ...patience,
    onOpen: (error) => log.warn({ err: error }, 'redis fails: going on by the ledger'),
  });
  const travel = createTravel(link);
  let party = createParty();
  let departedMs = 0;

  const depart = (): void => {
    const leaving = party;
    party = createParty();
    departedMs = monotonicMs();
    breaker
      .run(() => travel(leaving))
      .catch((error: Error) => {
        for (const asker of leaving.askers) asker.reject(error);
      });
  };

  return {
    ask: (commands, lastKey) =>
      new Promise((resolve, reject) => {
        if (commands.length === 0) return resolve([]);
        const own = commands.length;
        const all = lastKey === undefined ? own : own + 1;
        const asker: Asker = { own, all, told: [], refused: null, resolve, reject };
        for (const parts of commands) party.text += written(parts);
        party.count += own;
        party.askers.push(asker);
        if (lastKey !== undefined) listed(party.lasts, lastKey).push(asker);
        if (party.askers.length > 1) return;
        const waitMs = departedMs + gapMs - monotonicMs();
        if (waitMs > 0) setTimeout(depart, waitMs);
        else setImmediate(depart); // what else comes in this turn travels along
      }),
    close: () => link.close(),
  };
}

/** Those who travel together, and all that they ask for. */
type Party = {
  text: string;
  /** Replies to their own commands. */
  count: number;
  readonly askers: Asker[];
  readonly lasts: Map<string, Asker[]>;
};

function createParty(): Party {
  return { text: '', count: 0, askers: [], lasts: new Map() };
}

function listed(lasts: Map<string, Asker[]>, key: string): Asker[] {
  const known = lasts.get(key);
  if (known !== undefined) return known;
  const askers: Asker[] = [];
  lasts.set(key, askers);
  return askers;
}

/** Brings a party to Redis and tells each asker what was said; resolves when all have heard. */
function createTravel(link: RedisLink) {
  let heardMs = 0;

  return ({ text, count, askers, lasts }: Party): Promise<void> => {
    if (!link.ready()) return Promise.reject(new Error('redis is away'));
    if (!link.busy()) heardMs = monotonicMs();
    else if (monotonicMs() - heardMs > longestSilenceMs) link.drop('silent for too long');
    const lastAskers = [...lasts.values()];
    let request = text;
    for (const key of lasts.keys()) request += written(['GET', key]);
    return new Promise((resolve, reject) => {
      let at = 0;
      link.send(request, count + lasts.size, (reply, index) => {
        const asker = askers[at];
        if (index >= count) for (const each of lastAskers[index - count] ?? []) tell(each, reply);
        else if (asker !== undefined && tell(asker, reply) >= asker.own) at += 1;
        if (index < count + lasts.size - 1) return;
        heardMs = monotonicMs();
        if (reply.kind === 'error' && reply.code === 'CLOSED') reject(new Error(reply.message));
        else resolve();
      });
    });
  };
}

/** How much the asker has heard; with all it asked for it goes on. */
function tell(asker: Asker, reply: Reply): number {
  if (reply.kind === 'error') asker.refused ??= new Error(reply.message);
  const heard = asker.told.push(textOf(reply));
  if (heard < asker.all) return heard;
  if (asker.refused === null) asker.resolve(asker.told);
  else asker.reject(asker.refused);
  return heard;
}

function textOf(reply: Reply): Told {
  switch (reply.kind) {
    case 'text':
      return reply.text;
    case 'bytes':
      return reply.bytes.toString('latin1');
    default:
      return null;
  }
}

/** What stands before a part of so many bytes; all but the longest are made once. */
const partHeads = Array.from({ length: 1_024 }, (_, bytes) => `\r\n$${bytes}\r\n`);

/** A command as the protocol has it (RESP2). */
function written(parts: readonly string[]): string {
  let text = `*${parts.length}`;
  for (const part of parts) {
    text += (partHeads[part.length] ?? `\r\n$${part.length}\r\n`) + part;
  }
  return `${text}\r\n`;
}
