import { z } from 'zod';

const instant = (meaning: string) =>
  z
    .union([
      z.iso.datetime({ offset: true }).max(40).meta({ example: '2026-03-01T00:00:00Z' }),
      z.iso.date().max(10).meta({ example: '2026-03-01' }),
    ])
    .meta({ description: `RFC 3339 with offset, or a date in UTC: ${meaning}.` })
    .optional();

/** `?from=&to=`: what lies in [from, to); a date as `to` is within. */
export const periodQuery = {
  from: instant('its first moment'),
  to: instant('its last moment'),
};

const dayMs = 86_400_000;
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function fromOf(text: string): Date {
  return instantOf(Date.parse(text));
}

export function toOf(text: string): Date {
  const isDate = !text.includes('T');
  return instantOf(Date.parse(text) + (isDate ? dayMs : 0));
}

/** There was nothing before 1970, and the database knows no year of five digits. */
function instantOf(ms: number): Date {
  return new Date(Math.min(Math.max(ms, 0), latestMs));
}
