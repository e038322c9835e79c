import { actions } from '../fraud/facts.ts';
import type { Action, Outcome, RuleSet, Verdict } from '../fraud/facts.ts';
import { labels } from './backtest.ts';
import type { BacktestReport, Label, Measure, RuleReport, SetReport } from './backtest.ts';

/** Everything counted so far, as plain JSON: a checkpoint keeps it. */
export type Tally = {
  readonly byLabel: Record<Label, Measure>;
  readonly agreement: Record<Outcome, Record<Outcome, Measure>>;
  readonly champion: SetTally;
  readonly candidate: SetTally;
  differences: number;
};

type SetTally = {
  readonly byOutcome: Record<Outcome, Record<Label, Measure>>;
  readonly rules: Record<string, RuleTally>;
  /** Payments by `first rule` → `second rule`, names in order. */
  readonly overlaps: Record<string, Record<string, number>>;
};

type RuleTally = {
  hits: Measure;
  alone: number;
  alsoStopped: number;
  notEvaluated: number;
  byLabel: Record<Label, Measure>;
};

/** A payment with what both sets say of it. */
export type Tallied = {
  readonly amountMinor: number;
  readonly currency: string;
  readonly label: Label;
  readonly champion: Verdict;
  readonly candidate: Verdict;
};

const outcomes = ['approve', 'review', 'block'] as const satisfies readonly Outcome[];
/** Of pairs of rules a report names so many. */
const mostOverlaps = 100;
const dayMs = 86_400_000;

const measure = (): Measure => ({ payments: 0, amountMinor: {} });
const byLabel = (): Record<Label, Measure> => recordOf(labels, measure);

function recordOf<Key extends string, Value>(keys: readonly Key[], make: () => Value) {
  return Object.fromEntries(keys.map((key) => [key, make()])) as Record<Key, Value>;
}

export function createTally(): Tally {
  const set = (): SetTally => ({
    byOutcome: recordOf(outcomes, byLabel),
    ...{ rules: {}, overlaps: {} },
  });
  const agreement = recordOf(outcomes, () => recordOf(outcomes, measure));
  return { byLabel: byLabel(), agreement, champion: set(), candidate: set(), differences: 0 };
}

export function addToTally(tally: Tally, payment: Tallied): void {
  const { champion, candidate, label } = payment;
  add(tally.byLabel[label], payment);
  add(tally.agreement[champion.outcome][candidate.outcome], payment);
  addVerdict(tally.champion, champion, candidate, payment);
  addVerdict(tally.candidate, candidate, champion, payment);
  if (champion.outcome !== candidate.outcome) tally.differences += 1;
}

function add(into: Measure, { amountMinor, currency }: Tallied): void {
  into.payments += 1;
  into.amountMinor[currency] = (into.amountMinor[currency] ?? 0) + amountMinor;
}

function addVerdict(into: SetTally, own: Verdict, other: Verdict, payment: Tallied): void {
  add(into.byOutcome[own.outcome][payment.label], payment);
  const matched: string[] = [];
  for (const { rule: name, result } of own.findings) {
    const rule = (into.rules[name] ??= {
      ...{ hits: measure(), alone: 0, alsoStopped: 0, notEvaluated: 0, byLabel: byLabel() },
    });
    if (result === 'not_evaluated') {
      rule.notEvaluated += 1;
      continue;
    }
    matched.push(name);
    add(rule.hits, payment);
    add(rule.byLabel[payment.label], payment);
    if (other.outcome !== 'approve') rule.alsoStopped += 1;
  }
  const [only] = matched;
  if (matched.length === 1 && only !== undefined) (into.rules[only] as RuleTally).alone += 1;
  // Findings come in the order of names.
  matched.forEach((first, at) => {
    for (const second of matched.slice(at + 1)) {
      const row = (into.overlaps[first] ??= {});
      row[second] = (row[second] ?? 0) + 1;
    }
  });
}

/** What a report says of a set itself. */
type Told = Pick<RuleSet, 'hash' | 'rules'>;

/** What the tally says of two sets over a time. */
export function reportOf(
  tally: Tally,
  facts: {
    champion: Told;
    candidate: Told;
    fromMs: number;
    toMs: number;
    differencesListed: number;
    unreadable: number;
    countersForgotten: number;
  },
): BacktestReport {
  const { champion, candidate, fromMs, toMs, ...told } = facts;
  const days = (toMs - fromMs) / dayMs;
  return {
    payments: sum(labels.map((label) => tally.byLabel[label])),
    byLabel: tally.byLabel,
    champion: setReport(tally, 'champion', champion, days),
    candidate: setReport(tally, 'candidate', candidate, days),
    agreement: tally.agreement,
    differences: tally.differences,
    ...told,
  };
}

function setReport(
  tally: Tally,
  side: 'champion' | 'candidate',
  set: Told,
  days: number,
): SetReport {
  const { byOutcome, rules, overlaps } = tally[side];
  const stopped = (label: Label): Measure => sum([byOutcome.review[label], byOutcome.block[label]]);
  const [fraudStopped, goodStopped] = [stopped('fraud'), stopped('good')];
  const frauds = tally.byLabel.fraud.payments;
  const reviews = sum(labels.map((label) => byOutcome.review[label])).payments;
  return {
    ...{ hash: set.hash, byOutcome, fraudStopped, goodDeclined: byOutcome.block.good },
    precision: share(fraudStopped.payments, fraudStopped.payments + goodStopped.payments),
    recall: share(fraudStopped.payments, frauds),
    reviewsPerDay: reviews / days,
    rules: [...set.rules]
      .sort((a, b) => actions.indexOf(a.action) - actions.indexOf(b.action))
      .map(({ name, action }) => ruleReport(name, action, rules[name], frauds)),
    overlaps: Object.entries(overlaps)
      .flatMap(([first, row]) =>
        Object.entries(row).map(([second, payments]) => ({
          rules: [first, second] as [string, string],
          payments,
        })),
      )
      .sort((a, b) => b.payments - a.payments || (a.rules.join() < b.rules.join() ? -1 : 1))
      .slice(0, mostOverlaps),
  };
}

function ruleReport(
  rule: string,
  action: Action,
  tally: RuleTally | undefined,
  frauds: number,
): RuleReport {
  const nothing = { hits: measure(), alone: 0, alsoStopped: 0, notEvaluated: 0 };
  const counted = tally ?? { ...nothing, byLabel: byLabel() };
  const { fraud, good } = counted.byLabel;
  return {
    ...{ rule, action, ...counted },
    precision: share(fraud.payments, fraud.payments + good.payments),
    recall: share(fraud.payments, frauds),
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(measures: readonly Measure[]): Measure {
  const total = measure();
  for (const { payments, amountMinor } of measures) {
    total.payments += payments;
    for (const [currency, amount] of Object.entries(amountMinor))
      total.amountMinor[currency] = (total.amountMinor[currency] ?? 0) + amount;
  }
  return total;
}
