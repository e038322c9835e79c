import { describe, expect, it } from '@jest/globals';
import { judge, mostTries, restMs } from './judgement.ts';

const first = { attempts: 1, firstTriedAtMs: 1_000, failingSinceMs: null };
const answered = (status: number, retryAfterMs: number | null = null) => ({
  ...{ status, retryAfterMs, response: '' },
});
const silent = { status: null, error: 'timeout' } as const;

describe('what follows from a try', () => {
  it.each([200, 201, 204, 299])('%d is delivered', (status) => {
    const delivered = { outcome: 'delivered', waitMs: 0, disables: null };
    expect(judge(first, answered(status), 0)).toEqual(delivered);
  });

  it.each([199, 300, 301, 307, 400, 404, 429, 500, 503])('%d is tried again', (status) => {
    expect(judge(first, answered(status), 0)).toMatchObject({ outcome: 'retry', disables: null });
  });

  it('410 disables the endpoint at once', () => {
    expect(judge(first, answered(410), 0)).toMatchObject({ outcome: 'failed', disables: 'gone' });
  });

  it('waits as the table says, a fifth longer at most, and ends with the tenth try', () => {
    const waits = (random: number) =>
      Array.from({ length: mostTries }, (_, tries) =>
        judge({ ...first, attempts: tries + 1 }, silent, random),
      );
    const hour = 3_600;
    const seconds = [5, 300, 1_800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
    expect(waits(0).map(({ waitMs }) => waitMs / 1_000)).toEqual([...seconds, 0]);
    expect(waits(1).map(({ waitMs }) => waitMs / 1_200)).toEqual([...seconds, 0]);
    expect(waits(0).at(-1)).toMatchObject({ outcome: 'failed' });
  });

  it('gives an endpoint up only when nothing arrived there since the first try', () => {
    const last = { attempts: mostTries, firstTriedAtMs: 1_000 };
    const disables = (failingSinceMs: number | null) =>
      judge({ ...last, failingSinceMs }, silent, 0).disables;
    expect(disables(1_000)).toBe('failing');
    expect(disables(1_001)).toBe(null);
    expect(disables(null)).toBe(null);
  });

  it('heeds Retry-After when it is longer, up to a day', () => {
    const waitOf = (retryAfterMs: number) => judge(first, answered(503, retryAfterMs), 0).waitMs;
    expect([1_000, 60_000, 1e12].map(waitOf)).toEqual([5_000, 60_000, 86_400_000]);
  });
});

it('an endpoint rests after three failures, for a minute at most', () => {
  expect([0, 1, 2, 3, 4, 5, 8, 9, 10_000].map(restMs)).toEqual([
    ...[0, 0, 0, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000],
  ]);
});
