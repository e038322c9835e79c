import { expect, test } from '@jest/globals';
import { createLog, createMetrics } from '@wallet/runtime';
import type { Job } from './jobs.ts';
import { createTimers } from './timers.ts';

const log = createLog({ role: 'test', level: 'silent' });

/** Resolves at the call of that number. */
function counting(name: Job['name'], answer: (call: number) => ReturnType<Job['run']>) {
  let calls = 0;
  let reached: () => void = () => undefined;
  let wanted = Infinity;
  const run: Job['run'] = () => {
    calls += 1;
    if (calls >= wanted) reached();
    return answer(calls);
  };
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      [wanted, reached] = [count, resolve];
      if (calls >= count) resolve();
    });
  return { name, run, until, calls: () => calls };
}

const nothing = { done: 0, more: false };

test('a job that fails is counted, waits and comes again; the others go on', async () => {
  const metrics = createMetrics({ role: 'streams' });
  const broken = counting('reviews', (call) =>
    call <= 5 ? Promise.reject(new Error('gone')) : Promise.resolve({ done: 3, more: false }),
  );
  const sound = counting('holds', () => Promise.resolve(nothing));
  const jobs = [broken, sound].map((job) => ({ ...job, everyMs: 1 }));
  const timers = createTimers({ jobs, log, metrics });
  timers.start();
  await broken.until(5);
  await sound.until(sound.calls() + 1);
  expect(timers.problem()).toMatch(/^the timer of reviews fails \(5 times/);
  await broken.until(7);
  expect(timers.problem()).toBeNull();
  await timers.stop();
  const runs = { job: 'reviews' } as const;
  expect(await metrics.read('wallet_timer_runs_total', { ...runs, result: 'failed' })).toBe(5);
  const good = await metrics.read('wallet_timer_runs_total', { ...runs, result: 'done' });
  expect(good).toBe(broken.calls() - 5);
  expect(await metrics.read('wallet_timer_ended_total', runs)).toBe(3 * Number(good));
});

test('while there is more a job does not wait; the others have their turn in between', async () => {
  const order: string[] = [];
  const full = counting('authorizations', (call) => {
    order.push('full');
    return Promise.resolve({ done: 1, more: call < 4 });
  });
  const slow = counting('holds', () => {
    order.push('slow');
    return Promise.resolve(nothing);
  });
  const jobs = [
    { ...full, everyMs: 3_600_000 },
    { ...slow, everyMs: 0 },
  ];
  const timers = createTimers({ jobs, log, metrics: createMetrics({ role: 'streams' }) });
  timers.start();
  await full.until(4);
  await timers.stop();
  expect(full.calls()).toBe(4);
  expect(order.slice(0, 4)).toEqual(['full', 'slow', 'full', 'slow']);
});

test('stopping waits for the run under way and starts no other', async () => {
  let finish: () => void = () => undefined;
  const long = counting(
    'authorizations',
    () => new Promise((resolve) => (finish = () => resolve(nothing))),
  );
  const next = counting('holds', () => Promise.resolve(nothing));
  const jobs = [long, next].map((job) => ({ ...job, everyMs: 1 }));
  const timers = createTimers({ jobs, log, metrics: createMetrics({ role: 'streams' }) });
  timers.start();
  await long.until(1);
  let stopped = false;
  const stopping = timers.stop().then(() => (stopped = true));
  await Promise.resolve();
  expect(stopped).toBe(false);
  finish();
  await stopping;
  expect([long.calls(), next.calls()]).toEqual([1, 0]);
});
