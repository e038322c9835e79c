import { expect, it } from '@jest/globals';
import { judgeMail } from './judgement.ts';

const refused = { isSent: false, isFinal: false, error: 'smtp_451' } as const;

it('is tried for two days, with jitter, and then it has failed', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => judgeMail(attempts, refused, 0).waitMs);
  expect(waits.map((ms) => ms / 60_000)).toEqual([1, 5, 30, 120, 360, 720, 1_440]);
  expect(judgeMail(1, refused, 1)).toEqual({ outcome: 'retry', waitMs: 72_000 });
  expect(judgeMail(8, refused, 0).outcome).toBe('failed');
});

it('what the server will never take is not tried again', () => {
  const result = { isSent: false, isFinal: true, error: 'smtp_550' } as const;
  expect(judgeMail(1, result, 0)).toEqual({ outcome: 'failed', waitMs: 0 });
  expect(judgeMail(8, { isSent: true }, 0).outcome).toBe('sent');
});
