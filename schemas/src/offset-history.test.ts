import { expect, test } from '@jest/globals';
import { createOffsetHistory } from './offset-history.ts';

test('the lag in time is the age of the last end that the group has reached', () => {
  let nowMs = 0;
  const history = createOffsetHistory(() => nowMs);
  const at = (ms: number, high: number, next: number) => {
    nowMs = ms;
    return history.behindMs('t/0', { high, next });
  };
  expect(at(0, 100, 100)).toBe(0);
  expect(at(1_000, 100, 100)).toBe(0);
  expect(at(2_000, 150, 100)).toBe(1_000); // at 1,000 the log still ended at 100
  expect(at(3_000, 150, 120)).toBe(1_600); // two fifths of the way from 1,000 to 2,000
  expect(at(4_000, 200, 150)).toBe(1_000); // at 3,000 the log still ended at 150
  expect(at(5_000, 200, 200)).toBe(0);
});

test('a group that is always a moment behind does not seem a look behind', () => {
  let nowMs = 0;
  const history = createOffsetHistory(() => nowMs);
  // 20 records a second, a look every two seconds, two records on their way.
  for (let look = 0; look < 20; look += 1) {
    nowMs = look * 2_000;
    const behindMs = history.behindMs('t/0', { high: look * 40, next: Math.max(0, look * 40 - 2) });
    if (look > 0) expect(behindMs).toBeCloseTo(100, 6);
  }
});

test('a lag older than the first look is at least as old as that look', () => {
  let nowMs = 0;
  const history = createOffsetHistory(() => nowMs);
  history.behindMs('t/0', { high: 500, next: 10 });
  nowMs = 7_000;
  expect(history.behindMs('t/0', { high: 600, next: 20 })).toBe(7_000);
});
