import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayMinutesAt, isTimeZone, isWithin, nextDayMinutes } from './local-time.ts';

const minuteMs = 60_000;
const at = (text: string): number => Date.parse(text);
const shown = (ms: number): string => new Date(ms).toISOString();

describe('a minute of the day', () => {
  it.each([
    ['2026-01-15T12:00:00Z', 'UTC', 12 * 60],
    ['2026-01-15T12:00:00Z', 'Europe/Berlin', 13 * 60],
    ['2026-07-15T12:00:59Z', 'Europe/Berlin', 14 * 60],
    ['2026-01-15T23:30:00Z', 'Asia/Kolkata', 5 * 60],
    ['2026-01-15T00:30:00Z', 'America/New_York', 19 * 60 + 30],
    ['2026-01-15T00:00:00Z', 'Pacific/Chatham', 13 * 60 + 45],
  ])('%s in %s', (moment, zone, minutes) => {
    expect(dayMinutesAt(at(moment), zone)).toBe(minutes);
  });
});

describe('the next time a clock shows it', () => {
  it.each([
    ['today', '2026-01-15T05:00:00Z', 'Europe/Berlin', 7 * 60, '2026-01-15T06:00:00.000Z'],
    ['tomorrow', '2026-01-15T06:00:00Z', 'Europe/Berlin', 7 * 60, '2026-01-16T06:00:00.000Z'],
    ['a short day', '2026-03-28T22:00:00Z', 'Europe/Berlin', 7 * 60, '2026-03-29T05:00:00.000Z'],
    ['a long day', '2026-10-24T22:00:00Z', 'Europe/Berlin', 7 * 60, '2026-10-25T06:00:00.000Z'],
    ['far west', '2026-01-15T09:00:00Z', 'Pacific/Honolulu', 8 * 60, '2026-01-15T18:00:00.000Z'],
  ])('%s', (_name, moment, zone, minutes, wanted) => {
    expect(shown(nextDayMinutes(at(moment), minutes, zone))).toBe(wanted);
  });

  it('is later, within 26 hours, and shows it but where clocks jump over it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') }),
        fc.integer({ min: 0, max: 1_439 }),
        fc.constantFrom(
          ...['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Asia/Kathmandu'],
          ...['Australia/Lord_Howe', 'Pacific/Kiritimati', 'Africa/Casablanca', 'Asia/Gaza'],
        ),
        (moment, minutes, zone) => {
          const next = nextDayMinutes(moment, minutes, zone);
          expect(next).toBeGreaterThan(moment);
          expect(next - moment).toBeLessThanOrEqual(26 * 60 * minuteMs);
          const off = Math.abs(dayMinutesAt(next, zone) - minutes);
          expect(Math.min(off, 1_440 - off)).toBeLessThanOrEqual(60);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

it('from one minute of the day to another, over midnight too', () => {
  const night = (minutes: number) => isWithin(minutes, 22 * 60, 7 * 60);
  expect([22 * 60, 0, 7 * 60 - 1].map(night)).toEqual([true, true, true]);
  expect([7 * 60, 12 * 60, 22 * 60 - 1].map(night)).toEqual([false, false, false]);
  expect([13 * 60, 14 * 60].map((minutes) => isWithin(minutes, 13 * 60, 14 * 60))).toEqual([
    true,
    false,
  ]);
});

it('zones are those of the IANA database', () => {
  expect(['UTC', 'Europe/Berlin', 'America/New_York'].every(isTimeZone)).toBe(true);
  expect(['', 'Europe/Nowhere', '+01:00', 'Mars'].some(isTimeZone)).toBe(false);
});
