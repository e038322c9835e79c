import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedQuery } from '@wallet/grafana';
import type { PrometheusReader } from './prometheus.ts';

/**
 * Asks every query until each has returned at least one finite value, and tells those that have not
 * by the deadline, with what they returned last.
 */
export async function queriesWithoutValue(
  prometheus: PrometheusReader,
  queries: readonly NamedQuery[],
  deadlineMs: number,
): Promise<string[]> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const problems = await Promise.all(queries.map((query) => problemOf(prometheus, query)));
    const told = problems.filter((problem) => problem !== undefined);
    if (told.length === 0 || performance.now() > endMs) return told;
    await sleep(500);
  }
}

async function problemOf(
  prometheus: PrometheusReader,
  { where, expr }: NamedQuery,
): Promise<string | undefined> {
  try {
    const samples = await prometheus.query(expr);
    if (samples.some(({ value }) => Number.isFinite(value))) return undefined;
    const last = samples.map(({ value }) => value).join(', ') || 'no series';
    return `${where} returned ${last}: ${expr}`;
  } catch (error) {
    return `${where} was refused: ${String(error)}`;
  }
}
