import { expect, test } from '@jest/globals';
import { createRateLimits } from './rate-limits.ts';

test('a window counts callers and their operations apart, and the next one begins anew', () => {
  let nowMs = 5_000;
  const limits = createRateLimits({ perCaller: 3, perRoute: 2 }, () => nowMs);
  const take = (principal: string, route: string) => limits.take(principal, route);
  expect(take('ada', 'get/a')).toEqual({
    remaining: '"caller";r=2;t=1, "route";r=1;t=1',
    retryAfterSeconds: null,
  });
  take('ada', 'get/a');
  expect(take('ada', 'get/a').retryAfterSeconds).toBe(1);
  expect(take('ada', 'get/b').remaining).toBe('"caller";r=0;t=1, "route";r=1;t=1');
  expect(take('ada', 'get/b').retryAfterSeconds).toBe(1);
  expect(take('bob', 'get/a').retryAfterSeconds).toBeNull();
  nowMs = 5_999;
  expect(take('ada', 'get/b').retryAfterSeconds).toBe(1);
  nowMs = 6_000;
  expect(take('ada', 'get/a')).toEqual({
    remaining: '"caller";r=2;t=1, "route";r=1;t=1',
    retryAfterSeconds: null,
  });
});
