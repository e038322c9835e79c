import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { businessCalendar, endOfBusinessDay, isBusinessDay } from './business-calendar.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());
const settings = { seed, numRuns: 500 };
const dayMs = 86_400_000;
const at = (text: string): number => Date.parse(text);
const works = (text: string): boolean => isBusinessDay(at(text), businessCalendar);
const end = (atMs: number, days: number): number => endOfBusinessDay(atMs, days, businessCalendar);

/** From 1980 to 2090: around every leap day and Easter there is. */
const moment = fc.integer({ min: at('1980-01-01'), max: at('2090-01-01') });
const days = fc.integer({ min: 1, max: 60 });

test.each([
  ['Good Friday', '2024-03-29'],
  ['Easter Monday', '2024-04-01'],
  ['Good Friday', '2025-04-18'],
  ['Easter Monday', '2026-04-06'],
  ['Easter Monday, the latest there is', '2038-04-26'],
  ['Good Friday, almost the earliest', '2008-03-21'],
  ['Labour Day', '2026-05-01'],
  ['Christmas', '2026-12-25'],
  ['New Year', '2027-01-01'],
  ['Saturday', '2026-11-21'],
  ['Sunday', '2026-11-22T23:59:59.999Z'],
])('nobody works on %s, %s', (_name, day) => {
  expect(works(day)).toBe(false);
});

test.each(['2026-11-23', '2024-02-29', '2026-04-07', '2026-12-24', '2026-12-28'])(
  'people work on %s',
  (day) => expect(works(day)).toBe(true),
);

test('ten days over Easter, and over Christmas', () => {
  expect(new Date(end(at('2026-03-27T08:00:00Z'), 10)).toISOString()).toBe(
    '2026-04-14T23:59:59.999Z',
  );
  expect(new Date(end(at('2026-12-18T23:59:59Z'), 10)).toISOString()).toBe(
    '2027-01-05T23:59:59.999Z',
  );
});

test('a single day off is one day more', () => {
  const single = [{ name: 'strike', on: '2026-11-25' }];
  const calendar = { ...businessCalendar, single };
  expect(endOfBusinessDay(at('2026-11-23'), 3, calendar)).toBe(end(at('2026-11-23'), 4));
});

test(`the deadline ends a business day, and so many lie between (seed ${seed})`, () => {
  fc.assert(
    fc.property(moment, days, (atMs, count) => {
      const due = end(atMs, count);
      expect(isBusinessDay(due, businessCalendar)).toBe(true);
      expect((due + 1) % dayMs).toBe(0);
      let between = 0;
      for (let day = Math.floor(atMs / dayMs) * dayMs + dayMs; day <= due; day += dayMs) {
        if (isBusinessDay(day, businessCalendar)) between += 1;
      }
      expect(between).toBe(count);
    }),
    settings,
  );
});

test(`days add up, and who begins later is not due earlier (seed ${seed})`, () => {
  fc.assert(
    fc.property(moment, moment, days, days, (one, other, first, then) => {
      expect(end(end(one, first), then)).toBe(end(one, first + then));
      const [early, late] = one < other ? [one, other] : [other, one];
      expect(end(early, first)).toBeLessThanOrEqual(end(late, first));
    }),
    settings,
  );
});
