/**
 * Days on which nobody works, as data: weekends, days of every year, days around Easter (Western),
 * and single days. They are those on which the euro's payment system rests.
 */
export type BusinessCalendar = {
  /** 0 is Sunday. */
  readonly weekend: readonly number[];
  readonly yearly: readonly { readonly name: string; readonly on: string }[];
  readonly aroundEaster: readonly { readonly name: string; readonly days: number }[];
  /** `YYYY-MM-DD`. */
  readonly single: readonly { readonly name: string; readonly on: string }[];
};

export const businessCalendar: BusinessCalendar = {
  weekend: [6, 0],
  yearly: [
    { name: "New Year's Day", on: '01-01' },
    { name: 'Labour Day', on: '05-01' },
    { name: 'Christmas Day', on: '12-25' },
    { name: 'Boxing Day', on: '12-26' },
  ],
  aroundEaster: [
    { name: 'Good Friday', days: -2 },
    { name: 'Easter Monday', days: 1 },
  ],
  single: [],
};

const dayMs = 86_400_000;

/** Is the day (UTC) of this moment, in milliseconds since 1970, one on which people work? */
export function isBusinessDay(atMs: number, calendar: BusinessCalendar): boolean {
  const date = new Date(atMs);
  const iso = date.toISOString().slice(0, 10);
  if (calendar.weekend.includes(date.getUTCDay())) return false;
  if (calendar.single.some(({ on }) => on === iso)) return false;
  if (calendar.yearly.some(({ on }) => iso.endsWith(on))) return false;
  const fromEaster = Math.round((Date.parse(iso) - easterMs(date.getUTCFullYear())) / dayMs);
  return !calendar.aroundEaster.some(({ days }) => days === fromEaster);
}

/**
 * The last millisecond (UTC) of the `days`th business day after the day of `atMs`: whoever has so
 * many days has all of the last one. Milliseconds since 1970.
 */
export function endOfBusinessDay(atMs: number, days: number, calendar: BusinessCalendar): number {
  let day = Math.floor(atMs / dayMs) * dayMs;
  for (let left = days; left > 0;) {
    day += dayMs;
    if (isBusinessDay(day, calendar)) left -= 1;
  }
  return day + dayMs - 1;
}

/** Easter Sunday (Gregorian): the method of Meeus, Jones and Butcher. */
function easterMs(year: number): number {
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const golden = year % 19;
  const leaps = Math.floor(century / 4);
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - leaps - correction + 15) % 30;
  const weekday =
    (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const shift = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const days = epact + weekday - 7 * shift + 114;
  return Date.UTC(year, Math.floor(days / 31) - 1, (days % 31) + 1);
}
