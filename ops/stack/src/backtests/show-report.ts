import type { Backtest, BacktestReport, Measure, RuleReport, SetReport } from '@wallet/core-ledger';

const mostRules = 30;
const mostOverlaps = 5;

const count = (number: number): string => Math.round(number).toLocaleString('en-US');
const share = (part: number | null): string =>
  part === null ? '–' : `${(100 * part).toFixed(1)}%`;

/** `1,234 (USD 5,678.00 …)` in minor units: the exponent of a currency is not ours to know here. */
function amounts({ payments, amountMinor }: Measure): string {
  const money = Object.entries(amountMinor).map(([currency, sum]) => `${currency} ${count(sum)}`);
  return payments === 0 ? '0' : `${count(payments)} (${money.join(', ')})`;
}

/** What a finished backtest found, line by line. Amounts are in minor units. */
export function showReport(backtest: Backtest, report: BacktestReport): string[] {
  const { champion, candidate, byLabel } = report;
  const row = (name: string, of: (set: SetReport) => string): string =>
    `${name.padEnd(22)}${of(champion).padEnd(34)}${of(candidate)}`;
  const outcome = (name: 'approve' | 'review' | 'block') => (set: SetReport) =>
    count(Object.values(set.byOutcome[name]).reduce((sum, { payments }) => sum + payments, 0));
  return [
    `${count(report.payments.payments)} payments from ${backtest.from.toISOString()} to ` +
      `${backtest.to.toISOString()}: ${count(byLabel.fraud.payments)} fraud, ` +
      `${count(byLabel.good.payments)} good, ${count(byLabel.immature.payments)} younger than ` +
      `${backtest.maturityDays} days, ${count(byLabel.unknown.payments)} unknown`,
    '',
    row('', (set) => (set === champion ? 'in force' : 'on trial')),
    row('rules', (set) => set.hash.slice(0, 12)),
    row('approve', outcome('approve')),
    row('review', outcome('review')),
    row('block', outcome('block')),
    row('reviews a day', (set) => set.reviewsPerDay.toFixed(1)),
    row('fraud stopped', (set) => amounts(set.fraudStopped)),
    row('good ones blocked', (set) => amounts(set.goodDeclined)),
    row('precision', (set) => share(set.precision)),
    row('recall', (set) => share(set.recall)),
    '',
    `${'rule on trial'.padEnd(32)}${'hits'.padStart(9)}${'alone'.padStart(9)}  precision  recall`,
    ...candidate.rules.slice(0, mostRules).map(showRule),
    ...candidate.overlaps
      .slice(0, mostOverlaps)
      .map(({ rules, payments }) => `  both ${rules.join(' and ')}: ${count(payments)}`),
    '',
    `${count(report.differences)} payments differ (${count(report.differencesListed)} listed)`,
    ...warnings(report),
  ];
}

function showRule({ rule, hits, alone, precision, recall }: RuleReport): string {
  return [
    rule.padEnd(32).slice(0, 32),
    count(hits.payments).padStart(9),
    count(alone).padStart(9),
    share(precision).padStart(11),
    share(recall).padStart(8),
  ].join('');
}

function warnings({ unreadable, countersForgotten }: BacktestReport): string[] {
  return [
    ...(unreadable > 0 ? [`! ${count(unreadable)} records could not be read`] : []),
    ...(countersForgotten > 0
      ? [`! ${count(countersForgotten)} counters were dropped for want of memory: counts are low`]
      : []),
  ];
}
