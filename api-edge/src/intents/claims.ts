import type { Redis } from 'ioredis';

/** One request's question: take this lease unless there is a value, and read this session. */
type Question = { intentKey: string; lease: string; sessionKey: string };

/** What the keys held; `marker` is the one for all. */
export type ClaimAnswer = { found: string | null; ended: boolean; marker: string | null };

export type AskClaim = (question: Question) => Promise<ClaimAnswer>;

type Asker = Question & {
  resolve(answer: ClaimAnswer): void;
  reject(error: Error): void;
};

/**
 * The questions of one turn of the event loop go out as one pipeline: a `SET … NX GET` for each
 * lease, and one `MGET` for all their sessions and the marker. Half the cost of two commands each.
 * The `MGET` comes last: had Redis forgotten before any of the leases, the marker would be missing.
 */
export function createClaims(options: {
  redis: Redis;
  markerKey: string;
  leaseMs: number;
}): AskClaim {
  const { redis, markerKey, leaseMs } = options;
  let asking: Asker[] = [];

  const send = async (askers: readonly Asker[]): Promise<void> => {
    const pipeline = redis.pipeline();
    for (const { intentKey, lease } of askers) {
      pipeline.set(intentKey, lease, 'PX', leaseMs, 'NX', 'GET');
    }
    const sessionKeys = [...new Set(askers.map(({ sessionKey }) => sessionKey))];
    const results = (await pipeline.mget(markerKey, ...sessionKeys).exec()) ?? [];
    const [error, values] = results.at(-1) ?? [new Error('the pipeline has no results'), null];
    if (error !== null) throw error;
    const [marker = null, ...flags] = values as (string | null)[];
    const ended = new Set(sessionKeys.filter((_, index) => flags[index] !== null));
    for (const [index, asker] of askers.entries()) {
      const [failure, found] = results[index] ?? [new Error('a lease has no result'), null];
      if (failure !== null) asker.reject(failure);
      else {
        const answer = { found: found as string | null, marker };
        asker.resolve({ ...answer, ended: ended.has(asker.sessionKey) });
      }
    }
  };

  return (question) =>
    new Promise((resolve, reject) => {
      asking.push({ ...question, resolve, reject });
      if (asking.length > 1) return;
      setImmediate(() => {
        const askers = asking;
        asking = [];
        send(askers).catch((error: Error) => {
          for (const asker of askers) asker.reject(error);
        });
      });
    });
}
