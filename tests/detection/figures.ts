import { dayOf, type History } from './simulator.ts';

/** How well a ranking finds fraud. */
export type Figures = {
  /** Area under the ROC curve. */
  readonly auc: number;
  readonly averagePrecision: number;
  /** Of the hundred customers shown to analysts each day, the share that was defrauded that day. */
  readonly cardPrecision100: number;
};

const shownADay = 100;

/** @param scores one for each position; what stands equal is taken as equal */
export function figuresOf(history: History, test: Int32Array, scores: Float64Array): Figures {
  const order = [...test.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const isFraud = (row: number): boolean => history.scenario[test[row] ?? 0] !== 0;
  const frauds = order.filter(isFraud).length;
  const genuine = order.length - frauds;
  let [truePositives, falsePositives, area, averagePrecision] = [0, 0, 0, 0];
  for (let at = 0; at < order.length;) {
    const score = scores[order[at] ?? 0];
    let [hits, misses] = [0, 0];
    for (; at < order.length && scores[order[at] ?? 0] === score; at += 1)
      if (isFraud(order[at] ?? 0)) hits += 1;
      else misses += 1;
    area += misses * (truePositives + hits / 2);
    truePositives += hits;
    falsePositives += misses;
    averagePrecision += (hits / frauds) * (truePositives / (truePositives + falsePositives));
  }
  return {
    auc: area / (frauds * genuine),
    averagePrecision,
    cardPrecision100: cardPrecision(history, test, scores),
  };
}

/**
 * Day by day: customers by their highest score, the first hundred are looked at. Who was found
 * defrauded is not shown again. Among equals the order is that of a fixed shuffle.
 */
function cardPrecision(history: History, test: Int32Array, scores: Float64Array): number {
  const days = Map.groupBy(test.keys(), (row) => dayOf(history.seconds[test[row] ?? 0] ?? 0));
  const found = new Set<number>();
  let precision = 0;
  for (const rows of days.values()) {
    const cards = new Map<number, { customer: number; score: number; defrauded: boolean }>();
    for (const row of rows) {
      const at = test[row] ?? 0;
      const customer = history.customer[at] ?? 0;
      if (found.has(customer)) continue;
      const card = cards.get(customer) ?? { customer, score: -Infinity, defrauded: false };
      card.score = Math.max(card.score, scores[row] ?? 0);
      card.defrauded ||= history.scenario[at] !== 0;
      cards.set(customer, card);
    }
    const shown = [...cards.values()]
      .sort((a, b) => b.score - a.score || shuffled(a.customer) - shuffled(b.customer))
      .slice(0, shownADay);
    for (const { customer, defrauded } of shown) if (defrauded) found.add(customer);
    precision += shown.filter(({ defrauded }) => defrauded).length / shownADay;
  }
  return precision / days.size;
}

const shuffled = (number: number): number => Math.imul(number + 1, 2_654_435_761) >>> 0;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function meanFigures(all: readonly Figures[]): Figures {
  return {
    auc: meanOf(all.map(({ auc }) => auc)),
    averagePrecision: meanOf(all.map(({ averagePrecision }) => averagePrecision)),
    cardPrecision100: meanOf(all.map(({ cardPrecision100 }) => cardPrecision100)),
  };
}
