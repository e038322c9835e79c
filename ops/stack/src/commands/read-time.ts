const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

/**
 * A time of the command line: ISO 8601, or an age (`30d`, `12h`). Milliseconds since 1970; NaN for
 * what is no time.
 */
export function readTime(text: string, nowMs: number): number {
  const [, count, unit = ''] = /^(\d+)([hd])$/.exec(text) ?? [];
  return count === undefined ? Date.parse(text) : nowMs - Number(count) * (unitMs[unit] ?? NaN);
}
