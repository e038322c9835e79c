import { businessCalendar, isBusinessDay } from '../disputes/business-calendar.ts';
import type { BusinessCalendar } from '../disputes/business-calendar.ts';

/** When customer service works: on business days, from one time of the day (UTC) to another. */
export type ServiceHours = {
  readonly calendar: BusinessCalendar;
  /** Milliseconds since midnight. */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const serviceHours: ServiceHours = {
  calendar: businessCalendar,
  opensAtMs: 8 * hourMs,
  closesAtMs: 18 * hourMs,
};

/** How much of the time between two moments (milliseconds since 1970) is service time. */
export function serviceMsBetween(fromMs: number, toMs: number, hours: ServiceHours): number {
  let spentMs = 0;
  for (let day = dayOf(fromMs); day < toMs; day += dayMs) {
    if (!isBusinessDay(day, hours.calendar)) continue;
    const opens = Math.max(fromMs, day + hours.opensAtMs);
    const closes = Math.min(toMs, day + hours.closesAtMs);
    spentMs += Math.max(0, closes - opens);
  }
  return spentMs;
}

/**
 * The first moment, not before `fromMs`, by which so much service time has passed since then: a
 * deadline that falls together with the end of a day is that end, not the next day's beginning.
 */
export function afterServiceMs(fromMs: number, ms: number, hours: ServiceHours): number {
  if (ms <= 0) return fromMs;
  let leftMs = ms;
  for (let day = dayOf(fromMs); ; day += dayMs) {
    if (!isBusinessDay(day, hours.calendar)) continue;
    const opens = Math.max(fromMs, day + hours.opensAtMs);
    const openMs = Math.max(0, day + hours.closesAtMs - opens);
    if (leftMs <= openMs) return opens + leftMs;
    leftMs -= openMs;
  }
}

function dayOf(atMs: number): number {
  return Math.floor(atMs / dayMs) * dayMs;
}
