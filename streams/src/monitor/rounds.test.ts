import { expect, test } from '@jest/globals';
import { createLog, createMetrics } from '@wallet/runtime';
import { createInvariantLook, type InvariantCheck } from './invariants.ts';
import { startRounds } from './rounds.ts';

const log = createLog({ role: 'test', level: 'silent' });

test('a failed look is counted and comes again; one that hangs holds up no other', async () => {
  const metrics = createMetrics({ role: 'test' });
  const stopping = new AbortController();
  let nowMs = 1_000_000;
  let looks = 0;
  let release = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (release = resolve));
  const seen = new Promise<void>((resolve) => {
    const look = async (): Promise<void> => {
      looks += 1;
      if (looks === 1) throw new Error('the database is away');
      if (looks === 3) resolve();
    };
    const rounds = startRounds({
      checks: [
        { name: 'database', everyMs: 1, look },
        { name: 'lag', everyMs: 1, look: () => hanging },
      ],
      ...{ log, metrics, signal: stopping.signal },
      clock: { nowMs: () => nowMs },
    });
    void hanging.then(() => rounds.ended);
    expect(rounds.silent()).toBeNull();
    nowMs += 40_000;
    expect(rounds.silent()).toMatch(/nothing seen of (database|lag) for 40 s/);
  });
  await seen;
  const lagSeen = 'wallet_monitor_last_success_timestamp_seconds';
  expect(await metrics.read(lagSeen, { check: 'lag' })).toBeUndefined();
  stopping.abort();
  release();
  const failed = await metrics.read('wallet_monitor_failures_total', { check: 'database' });
  expect(failed).toBe(1);
  expect(await metrics.read(lagSeen, { check: 'database' })).toBe(1040);
});

test('an invariant that cannot be checked keeps its old time, the others are checked', async () => {
  const metrics = createMetrics({ role: 'test' });
  let nowMs = 5_000;
  const clock = { nowMs: () => nowMs };
  const good: InvariantCheck = { id: 'I2', check: async () => ({ violations: 0, examples: [] }) };
  const broken: InvariantCheck = {
    id: 'I3',
    check: async () => ({ violations: 2, examples: ['account 7', 'account 9'] }),
  };
  const away: InvariantCheck = { id: 'I1', check: () => Promise.reject(new Error('away')) };
  const look = createInvariantLook({ invariants: [away, good, broken], log, metrics, clock });
  await expect(look()).rejects.toThrow('1 invariants could not be checked');
  expect(await metrics.read('wallet_invariant_violations', { id: 'I3' })).toBe(2);
  expect(await metrics.read('wallet_invariant_violations', { id: 'I1' })).toBeUndefined();
  const seconds = 'wallet_invariant_last_success_timestamp_seconds';
  expect(await metrics.read(seconds, { id: 'I2' })).toBe(5);
  nowMs = 9_000;
  await expect(look()).rejects.toThrow();
  expect(await metrics.read(seconds, { id: 'I2' })).toBe(9);
  // From when checking began: it grows old although it was never checked.
  expect(await metrics.read(seconds, { id: 'I1' })).toBe(5);
});

test('full passes come as often as their cost allows, and always while broken', async () => {
  const metrics = createMetrics({ role: 'test' });
  const asked: (number | null)[] = [];
  let nowMs = 10_000_000;
  let violations = 0;
  const slowCheck = async (lookBackMs: number | null) => {
    asked.push(lookBackMs);
    // A full pass takes 20 ms: twenty times that must go by before the next one.
    if (lookBackMs === null) await new Promise((resolve) => setTimeout(resolve, 20));
    return { violations, examples: [] };
  };
  const look = createInvariantLook({
    ...{ log, metrics, clock: { nowMs: () => nowMs } },
    invariants: [{ id: 'I1', check: slowCheck }],
  });
  const lookAfter = async (ms: number): Promise<void> => {
    nowMs += ms;
    await look();
  };
  await lookAfter(0);
  await lookAfter(100);
  await lookAfter(100_000);
  expect(asked).toEqual([null, 60_100, null]);
  violations = 1;
  await lookAfter(100);
  violations = 0;
  await lookAfter(100);
  await lookAfter(100);
  expect(asked.slice(3).map((ms) => ms === null)).toEqual([false, true, false]);
  await lookAfter(-1);
  expect(asked.at(-1)).toBeNull();
});
