import type { DisabledReason } from './endpoint.ts';

/** How a try ended: with an HTTP answer, or without one. */
export type TryResult =
  | { readonly status: number; readonly retryAfterMs: number | null; readonly response: string }
  | { readonly status: null; readonly error: string };

/** A delivery whose try has ended, with what is known of its endpoint. */
export type TriedDelivery = {
  /** Tries so far, this one included. */
  readonly attempts: number;
  readonly firstTriedAtMs: number;
  /** Of the endpoint, before this try; null: the last one succeeded. */
  readonly failingSinceMs: number | null;
};

export type Judgement = {
  readonly outcome: 'delivered' | 'retry' | 'failed';
  /** Until the next try. */
  readonly waitMs: number;
  /** Why the endpoint gets nothing more, if so. */
  readonly disables: DisabledReason | null;
};

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** From each try to the next. The first comes at once; the tenth is the last. */
const waitsMs: readonly number[] = [
  ...[5 * second, 5 * minute, 30 * minute],
  ...[2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
];
/** So many tries a delivery has. */
export const mostTries = waitsMs.length + 1;
/** Those who failed together do not come back together: a wait is longer by up to this part. */
const jitter = 0.2;
/** No endpoint may ask for more patience than that. */
const longestRetryAfterMs = 24 * hour;

/**
 * What follows from a try: 2xx alone is success, 410 ends it all. An endpoint is given up with the
 * last try of a delivery, unless others arrived there in the meantime.
 * @param random from 0 to 1
 */
export function judge(tried: TriedDelivery, result: TryResult, random: number): Judgement {
  const { attempts, firstTriedAtMs, failingSinceMs } = tried;
  if (result.status !== null && result.status >= 200 && result.status < 300) {
    return { outcome: 'delivered', waitMs: 0, disables: null };
  }
  if (result.status === 410) return { outcome: 'failed', waitMs: 0, disables: 'gone' };
  const waitMs = waitsMs[attempts - 1];
  if (waitMs === undefined) {
    const neverSucceeded = failingSinceMs !== null && failingSinceMs <= firstTriedAtMs;
    return { outcome: 'failed', waitMs: 0, disables: neverSucceeded ? 'failing' : null };
  }
  const askedMs = result.status === null ? null : result.retryAfterMs;
  return {
    outcome: 'retry',
    waitMs: Math.max(
      Math.round(waitMs * (1 + jitter * random)),
      Math.min(askedMs ?? 0, longestRetryAfterMs),
    ),
    disables: null,
  };
}

/** So many failures in a row, and an endpoint gets one delivery at a time, and rests in between. */
export const patience = 3;
const longestRestMs = minute;

/** How long an endpoint is left alone after so many failures in a row. */
export function restMs(failures: number): number {
  if (failures < patience) return 0;
  return Math.min(second * 2 ** Math.min(failures - patience, 30), longestRestMs);
}
