/** Hours and minutes of a day, as minutes since its midnight. */
export type DayMinutes = number;

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Making one costs more than using it; there are some hundred zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  });
  formats.set(timeZone, made);
  return made;
}

/** Whether it is a zone of the IANA database that this machine knows. */
export function isTimeZone(text: string): boolean {
  try {
    return /^[A-Za-z]/.test(text) && formatOf(text) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What a clock there shows, read as if it were UTC; whole minutes. */
function clockMs(atMs: number, timeZone: string): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/** Which minute of the day it is there. */
export function dayMinutesAt(atMs: number, timeZone: string): DayMinutes {
  const clock = clockMs(atMs, timeZone);
  return (clock % dayMs) / minuteMs;
}

/** Whether a minute of the day is from one to before another, over midnight too. */
export function isWithin(minutes: DayMinutes, from: DayMinutes, until: DayMinutes): boolean {
  return from <= until ? minutes >= from && minutes < until : minutes >= from || minutes < until;
}

/**
 * When a clock there shows this minute of the day for the next time, in milliseconds. Where clocks
 * are put forward over it, the moment that would have been it.
 */
export function nextDayMinutes(atMs: number, minutes: DayMinutes, timeZone: string): number {
  const clock = clockMs(atMs, timeZone);
  const midnight = clock - (clock % dayMs);
  for (let day = 0; ; day += 1) {
    const wanted = midnight + day * dayMs + minutes * minuteMs;
    const found = momentOf(wanted, timeZone);
    if (found > atMs) return found;
  }
}

/** The moment at which a clock there shows this. The second look is for a change in between. */
function momentOf(wantedClockMs: number, timeZone: string): number {
  const offsetAt = (atMs: number): number => clockMs(atMs, timeZone) - atMs;
  const guess = wantedClockMs - offsetAt(wantedClockMs);
  return wantedClockMs - offsetAt(guess);
}
