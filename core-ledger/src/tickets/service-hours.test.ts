import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBusinessDay } from '../disputes/business-calendar.ts';
import { afterServiceMs, serviceHours, serviceMsBetween } from './service-hours.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());
const settings = { seed, numRuns: 300 };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const at = (text: string): number => Date.parse(text);
const between = (from: string, to: string): number =>
  serviceMsBetween(at(from), at(to), serviceHours) / hourMs;
const after = (from: string, hours: number): string =>
  new Date(afterServiceMs(at(from), hours * hourMs, serviceHours)).toISOString().slice(0, 16);

/** From 2020 to 2040, in steps of five minutes. */
const step = 5 * minuteMs;
const moment = fc
  .integer({ min: at('2020-01-01') / step, max: at('2040-01-01') / step })
  .map((steps) => steps * step);
const spanMs = fc.integer({ min: 0, max: (20 * 24 * hourMs) / step }).map((steps) => steps * step);

/** The obvious way: is somebody there? Asked step by step. */
function isServed(atMs: number): boolean {
  const ofDay = atMs % (24 * hourMs);
  const isOpen = ofDay >= serviceHours.opensAtMs && ofDay < serviceHours.closesAtMs;
  return isOpen && isBusinessDay(atMs, serviceHours.calendar);
}

test.each([
  ['a morning', '2026-11-23T08:00Z', '2026-11-23T12:00Z', 4],
  ['a night', '2026-11-23T18:00Z', '2026-11-24T08:00Z', 0],
  ['a weekend', '2026-11-20T17:00Z', '2026-11-23T09:00Z', 2],
  ['Christmas of 2026 and its weekend', '2026-12-24T17:00Z', '2026-12-28T08:30Z', 1.5],
  ['Easter of 2026', '2026-04-02T17:00Z', '2026-04-07T09:00Z', 2],
])('%s', (_name, from, to, hours) => expect(between(from, to)).toBe(hours));

test.each([
  ['within a day', '2026-11-23T09:00Z', 4, '2026-11-23T13:00'],
  [
    'to the end of a day, not the beginning of the next',
    '2026-11-20T14:00Z',
    4,
    '2026-11-20T18:00',
  ],
  ['over a weekend', '2026-11-20T17:00Z', 4, '2026-11-23T11:00'],
  ['begun on a Sunday', '2026-11-22T03:00Z', 1, '2026-11-23T09:00'],
  ['over New Year', '2026-12-31T17:00Z', 2, '2027-01-04T09:00'],
])('%s', (_name, from, hours, due) => expect(after(from, hours)).toBe(due));

test(`the time between two moments is that of its steps (seed ${seed})`, () => {
  fc.assert(
    fc.property(moment, spanMs, (fromMs, ms) => {
      let spentMs = 0;
      for (let nowMs = fromMs; nowMs < fromMs + ms; nowMs += step) {
        if (isServed(nowMs)) spentMs += step;
      }
      expect(serviceMsBetween(fromMs, fromMs + ms, serviceHours)).toBe(spentMs);
    }),
    settings,
  );
});

test(`a deadline is the first moment by which the time has passed (seed ${seed})`, () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: 1, max: 60 * hourMs }), (fromMs, ms) => {
      const dueMs = afterServiceMs(fromMs, ms, serviceHours);
      expect(serviceMsBetween(fromMs, dueMs, serviceHours)).toBe(ms);
      expect(serviceMsBetween(fromMs, dueMs - 1, serviceHours)).toBe(ms - 1);
    }),
    settings,
  );
});
