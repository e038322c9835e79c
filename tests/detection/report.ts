import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { RuleSet } from '@wallet/core-ledger';
import { meanFigures, meanOf, type Figures } from './figures.ts';
import { isCopy, publishedBaseline, type Comparison } from './gate.ts';
import { publishedDays } from './protocol.ts';
import type { Labels } from './scoring.ts';

export type Pair = Readonly<Record<Labels, Figures>>;

/** What a run has found. */
export type Detection = {
  readonly comparisons: readonly Comparison[];
  /** Of the tree, in every week of every seed. */
  readonly weeks: readonly Figures[];
  readonly seeds: number;
  readonly ruleSet: Pick<RuleSet, 'hash'>;
  readonly pairs: readonly { readonly seed: number; readonly pair: Pair }[];
};

/** Card precision of the published tree of depth two, and of its tuned tree. */
const targets = { bar: 0.241, aim: 0.284 } as const;

/** The bar is reached with every seed. */
export const hasReached = (found: Detection): boolean =>
  found.pairs.every(({ pair }) => pair.arrived.cardPrecision100 >= targets.bar);

const mark = (met: boolean): string => (met ? '✓' : '✗');
const meanPair = ({ pairs }: Detection): Pair => ({
  arrived: meanFigures(pairs.map(({ pair }) => pair.arrived)),
  as_of_now: meanFigures(pairs.map(({ pair }) => pair.as_of_now)),
});

/** The verdicts, for a terminal. */
export function linesOf(found: Detection): string[] {
  const { comparisons } = found;
  const mean = meanPair(found).arrived.cardPrecision100;
  return [
    ...comparisons.map(
      ({ figure, distance, ...of }) =>
        `  ${figure.padEnd(22)} ${meanAndDeviation(figure, of)}, ` +
        `published ${shown(figure, of.published)} (${distance.toFixed(2)} deviations)`,
    ),
    `${mark(isCopy(comparisons))} each within one standard deviation`,
    `${mark(hasReached(found))} CP@100 ≥ ${targets.bar} with every seed (the published tree)`,
    `${mark(mean >= targets.aim)} CP@100 ${mean.toFixed(3)} ≥ ${targets.aim} on average (aim)`,
  ];
}

const names: Record<Comparison['figure'], string> = {
  payments: 'payments (told, not asked)',
  paymentsOfActivity: 'payments : activity drawn for the population',
  fraudShare: 'share of fraud',
  auc: 'tree of depth two: AUC',
  averagePrecision: 'tree: average precision',
  cardPrecision100: 'tree: CP@100',
};

function shown(figure: Comparison['figure'], value: number): string {
  if (figure === 'payments') return Math.round(value).toLocaleString('en-US');
  if (figure === 'paymentsOfActivity') return value.toFixed(5);
  return figure === 'fraudShare' ? `${(100 * value).toFixed(3)}%` : value.toFixed(4);
}

const meanAndDeviation = (
  figure: Comparison['figure'],
  { mean, deviation }: Pick<Comparison, 'mean' | 'deviation'>,
): string => `${shown(figure, mean)} ± ${shown(figure, deviation)}`;

/** The page with everything, in Markdown. */
export function detectionReport(found: Detection, at: Date): string {
  const { comparisons, weeks, seeds, ruleSet, pairs } = found;
  const below = weeks.filter(({ auc }) => auc <= publishedBaseline.auc).length;
  const figures = ({ auc, averagePrecision, cardPrecision100 }: Figures, bold = ''): string =>
    [auc.toFixed(3), averagePrecision.toFixed(3), bold + cardPrecision100.toFixed(3) + bold].join(
      ' | ',
    );
  const rowOf = (name: string, { arrived, as_of_now: asOfNow }: Pair): string =>
    `| ${name} | ${figures(arrived, '**')} | ${figures(asOfNow)} |`;
  const compared = comparisons.map(
    ({ figure, distance, distanceOfMeans, ...of }) =>
      `| ${names[figure]} | ${meanAndDeviation(figure, of)} | ${shown(figure, of.published)} | ` +
      `${distance.toFixed(2)} | ${distanceOfMeans?.toFixed(2) ?? ''} |`,
  );
  const mean = meanPair(found);
  return fill({
    date: at.toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? 'unknown processor',
    seeds: String(seeds),
    'is copy': mark(isCopy(comparisons)),
    comparisons: compared.join('\n'),
    'published weeks': String(publishedDays.length),
    'baseline AUC': String(publishedBaseline.auc),
    'baseline AP': String(publishedBaseline.averagePrecision),
    'baseline CP@100': String(publishedBaseline.cardPrecision100),
    weeks: String(weeks.length),
    'share below': `${((100 * below) / weeks.length).toFixed(0)}%`,
    'mean AUC': meanOf(weeks.map(({ auc }) => auc)).toFixed(3),
    rules: ruleSet.hash.slice(0, 12),
    "seeds' rows": pairs.map(({ seed, pair }) => rowOf(String(seed), pair)).join('\n'),
    'mean row': rowOf('mean', mean),
    'bar met': mark(hasReached(found)),
    'aim met': mark(mean.arrived.cardPrecision100 >= targets.aim),
    ...{ bar: String(targets.bar), aim: String(targets.aim) },
  });
}

const template = new URL('page.template.md', import.meta.url);

function fill(values: Readonly<Record<string, string>>): string {
  return readFileSync(template, 'utf8').replaceAll(/\{\{(.*?)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the page asks for ${name}, which nobody has`);
    return value;
  });
}
