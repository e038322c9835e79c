/** The whole run is one day, midnight to midnight: who is awake decides who pays. */
export const customerRhythms = ['early', 'office', 'evening', 'night'] as const;
export type RhythmName = (typeof customerRhythms)[number];

type Bump = { hour: number; widthHours: number; height: number };

const bumps: Readonly<Record<RhythmName, readonly Bump[]>> = {
  early: [
    { hour: 7, widthHours: 1.5, height: 3 },
    { hour: 16, widthHours: 2, height: 1 },
  ],
  office: [
    { hour: 8.5, widthHours: 1, height: 1.5 },
    { hour: 12.5, widthHours: 1, height: 3 },
    { hour: 18, widthHours: 1.5, height: 2 },
  ],
  evening: [{ hour: 20, widthHours: 2.5, height: 3 }],
  night: [
    { hour: 0.5, widthHours: 2, height: 2.5 },
    { hour: 22.5, widthHours: 2, height: 2 },
  ],
};

/** Nobody is ever quite asleep: at 4 o'clock the pipeline still has something to do. */
const asleep = 0.05;

/** @returns how willing someone of this rhythm is to pay at this hour (0 ≤ hour < 24), above 0 */
export function activityAt(rhythm: RhythmName, hour: number): number {
  return bumps[rhythm].reduce((sum, { hour: top, widthHours, height }) => {
    const apart = Math.abs(hour - top);
    const distance = Math.min(apart, 24 - apart) / widthHours;
    return sum + height * Math.exp(-0.5 * distance * distance);
  }, asleep);
}

export function isOpenAt(
  hours: { opensAtHour: number; closesAtHour: number },
  hour: number,
): boolean {
  return hour >= hours.opensAtHour && hour < hours.closesAtHour;
}
