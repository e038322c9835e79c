import type { LatencySummary } from '../load/latencies.ts';
import type { Difference } from './difference.ts';
import type { Settings } from './settings.ts';
import type { Tally } from './tally.ts';
import type { Told } from './told.ts';

const shownDifferences = 50;

/** One line while it runs. */
export function progressLine(
  tally: Tally,
  told: Told,
  at: { secondsSoFar: number; seconds: number; underWay: number },
): string {
  const http = tally.http.summary();
  const clock = `${Math.round(at.secondsSoFar)}/${at.seconds} s`.padStart(10);
  const counts = `${tally.done} done, ${at.underWay} under way, ${told.payments.size} payments`;
  const trouble = tally.unlawful.length > 0 ? `  ${tally.unlawful.length} UNLAWFUL ANSWERS` : '';
  return `${clock}  ${counts}  p50 ${http.p50} ms, p99 ${http.p99} ms${trouble}`;
}

/** The end: what was asked, what was answered, how fast, and whether the books agree. */
export function finalReport(
  settings: Settings,
  tally: Tally,
  told: Told,
  differences: readonly Difference[],
): string {
  return [
    '',
    ...answersTable(tally),
    '',
    ...statesTable(told),
    '',
    ...latencyTable(tally),
    '',
    ...verdict(settings, tally, told, differences),
  ].join('\n');
}

function answersTable({ answers }: Tally): string[] {
  const rows = [...answers].sort(([left], [right]) => left.localeCompare(right));
  return [
    'asked             answered',
    ...rows.map(([kind, counts]) => {
      const list = [...counts].sort(([, left], [, right]) => right - left);
      return `${kind.padEnd(16)}  ${list.map(([what, count]) => `${count} × ${what}`).join(', ')}`;
    }),
  ];
}

function statesTable(told: Told): string[] {
  const line = (name: string, states: string[]): string => {
    const counts = Map.groupBy(states, (state) => state);
    const list = [...counts].map(([state, { length }]) => `${length} ${state}`);
    return `${name.padEnd(16)}  ${list.sort().join(', ') || 'none'}`;
  };
  return [
    'told              what became of them',
    line(
      `${told.payments.size} payments`,
      [...told.payments.values()].map(({ status, failureCode }) =>
        failureCode === null ? status : `${status} (${failureCode})`,
      ),
    ),
    line(
      `${told.topUps.size} top-ups`,
      [...told.topUps.values()].map(({ status }) => status),
    ),
    line(
      `${told.withdrawals.size} withdrawals`,
      [...told.withdrawals.values()].map(({ status }) => status),
    ),
    line(
      `${told.settlements.size} settlements`,
      [...told.settlements.values()].map(({ status }) => status),
    ),
    line(
      `${told.disputes.size} disputes`,
      [...told.disputes.values()].map(({ status }) => status),
    ),
    line(
      `${told.tickets.size} tickets`,
      [...told.tickets.values()].map(({ status }) => status),
    ),
  ];
}

function latencyTable(tally: Tally): string[] {
  const line = (name: string, { count, p50, p95, p99, max }: LatencySummary): string =>
    [
      name.padEnd(26),
      ...[p50, p95, p99, max, count].map((value) => String(value).padStart(7)),
    ].join(' ');
  const head = ['p50', 'p95', 'p99', 'max', 'count'].map((name) => name.padStart(7)).join(' ');
  return [
    `${'milliseconds'.padEnd(26)} ${head}`,
    line('answer, from its due time', tally.http.summary()),
    line('answer with Prefer: wait', tally.waited.summary()),
    line('accepted to at rest', tally.settled.summary()),
  ];
}

function verdict(
  { seed, rate, seconds }: Settings,
  tally: Tally,
  told: Told,
  differences: readonly Difference[],
): string[] {
  const run = `seed ${seed}, ${rate}/s for ${seconds} s, ${tally.retries} sent again`;
  const open = told.unknown.length + told.unknownMoves.length;
  const unknown = open === 0 ? '' : `, ${open} never answered (each allowed one effect or none)`;
  if (differences.length === 0) {
    return [
      `The books agree to the last minor unit: ${told.wallets.size} wallets${unknown}; ${run}`,
    ];
  }
  const byKind = Map.groupBy(differences, ({ kind }) => kind);
  const kinds = [...byKind].map(([kind, { length }]) => `${length} ${kind}`).join(', ');
  return [
    ...differences.slice(0, shownDifferences).map(describe),
    ...(differences.length > shownDifferences
      ? [`… and ${differences.length - shownDifferences} more`]
      : []),
    `${differences.length} DIFFERENCES (${kinds})${unknown}; ${run}`,
  ];
}

function describe({ kind, id, told, found }: Difference): string {
  return `! ${kind} ${id}\n    told  ${told}\n    found ${found}`;
}
