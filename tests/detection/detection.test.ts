import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadRuleSet, type RuleSet } from '@wallet/core-ledger';
import { trainTree } from './decision-tree.ts';
import { figuresOf } from './figures.ts';
import { compare, isCopy, published, publishedTree, type Copy } from './gate.ts';
import { scale } from './population.ts';
import { split } from './protocol.ts';
import { createPublishedFeatures } from './published-features.ts';
import { detectionReport, hasReached, type Detection } from './report.ts';
import { scoresOf } from './scoring.ts';
import { dayOf, daySeconds, simulate, type History } from './simulator.ts';

/** A history of one's own: rows of day (with fraction), customer, terminal, amount, scenario. */
function historyOf(rows: readonly [number, number, number, number, number][]): History {
  return {
    size: rows.length,
    seconds: Int32Array.from(rows, ([day]) => Math.round(day * daySeconds)),
    customer: Uint16Array.from(rows, ([, customer]) => customer),
    terminal: Uint16Array.from(rows, ([, , terminal]) => terminal),
    amountMinor: Int32Array.from(rows, ([, , , amount]) => amount),
    scenario: Uint8Array.from(rows, ([, , , , scenario]) => scenario),
    activity: 1,
  };
}

function rulesOf(text: string): RuleSet {
  const loaded = loadRuleSet(text);
  if (loaded.ok) return loaded.ruleSet;
  throw new Error(JSON.stringify(loaded.problems));
}

describe('a simulated half year', () => {
  let history: History;
  beforeAll(() => {
    history = simulate(7);
  }, 60_000);

  test('stands in the order of time and is the same for the same seed', () => {
    const { size, seconds, customer, terminal, amountMinor, scenario } = history;
    expect(seconds.every((at, index) => at >= (seconds[index - 1] ?? 0))).toBe(true);
    expect(dayOf(seconds[size - 1] ?? 0)).toBe(scale.days - 1);
    const digest = createHash('sha256');
    for (const { buffer } of [seconds, customer, terminal, amountMinor, scenario])
      digest.update(new Uint8Array(buffer));
    // Of this seed, wherever and whenever it runs: figures can be compared.
    expect([size, digest.digest('hex').slice(0, 16)]).toEqual([1_765_938, 'd3244b508b090d43']);
  });

  test('holds the three scenarios in the published proportions', () => {
    const counted = [0, 0, 0, 0];
    history.scenario.forEach((scenario) => (counted[scenario] = (counted[scenario] ?? 0) + 1));
    // Published: 978, 9,099 and 4,604 of 1,754,155.
    for (const [scenario, expected] of [978, 9_099, 4_604].entries()) {
      const found = counted[scenario + 1] ?? 0;
      expect(Math.abs(found / expected - 1)).toBeLessThan(0.15);
    }
    history.amountMinor.forEach((amount, at) => {
      if (amount > 22_000 && history.scenario[at] === 0)
        throw new Error(`payment ${at} is genuine`);
    });
  });

  test('is split without payments of customers who are known to be defrauded', () => {
    const { train, test: tested } = split(history);
    const defrauded = new Set(
      [...train].filter((at) => history.scenario[at] !== 0).map((at) => history.customer[at]),
    );
    expect(defrauded.size).toBeGreaterThan(100);
    expect([...tested].some((at) => defrauded.has(history.customer[at]))).toBe(false);
    const days = new Set([...tested].map((at) => dayOf(history.seconds[at] ?? 0)));
    // 8 to 14 August 2018.
    expect([...days]).toEqual([129, 130, 131, 132, 133, 134, 135]);
  });
});

describe('figures', () => {
  test('of a ranking with ties, worked out by hand', () => {
    // Scores 9 9 5 5 1, frauds at the first and the third.
    const rows = [1, 0, 1, 0, 0].map((scenario, at) => [0, at, 0, 100, scenario] as const);
    const history = historyOf(rows.map((row) => [...row]));
    const scores = Float64Array.of(9, 9, 5, 5, 1);
    const figures = figuresOf(history, Int32Array.from([0, 1, 2, 3, 4]), scores);
    // Pairs won: 2.5 by the first fraud, 1.5 by the second, of six.
    expect(figures.auc).toBeCloseTo(4 / 6);
    expect(figures.averagePrecision).toBeCloseTo(0.5 * (1 / 2) + 0.5 * (2 / 4));
    expect(figures.cardPrecision100).toBeCloseTo(2 / 100);
  });

  test('a customer who was found is not shown again', () => {
    const history = historyOf([
      [0.5, 1, 0, 100, 2],
      [1.5, 1, 0, 100, 2],
      [1.5, 2, 0, 100, 2],
    ]);
    const figures = figuresOf(history, Int32Array.of(0, 1, 2), Float64Array.of(1, 1, 1));
    expect(figures.cardPrecision100).toBeCloseTo((1 / 100 + 1 / 100) / 2);
  });
});

test('a tree finds the feature and the threshold that part the classes', () => {
  const table = {
    names: ['noise', 'amount'],
    columns: [Float64Array.of(1, 0, 1, 0, 1, 0), Float64Array.of(1, 2, 3, 10, 11, 12)],
  };
  const predict = trainTree(table, Uint8Array.of(0, 0, 0, 1, 1, 1), 1);
  const seen = { names: table.names, columns: [new Float64Array(3), Float64Array.of(6, 7, 40)] };
  expect([...predict(seen)]).toEqual([0, 1, 1]);
});

test('published features: windows end at the payment, those of labels a week before it', () => {
  const history = historyOf([
    [0.1, 1, 5, 1_000, 2],
    [0.2, 1, 5, 3_000, 0],
    [7.15, 1, 5, 5_000, 0],
  ]);
  const { names, columns } = createPublishedFeatures(history)(Int32Array.of(2));
  const feature = (name: string) => columns[names.indexOf(name)]?.[0];
  expect(names).toHaveLength(15);
  expect(feature('customer payments 1d')).toBe(1);
  expect(feature('customer mean amount 30d')).toBeCloseTo(30);
  expect(feature('terminal payments 1d')).toBe(1);
  expect(feature('terminal risk 1d')).toBe(1);
});

test('counters know a fraud when its label comes; "as of now" they know it too soon', () => {
  const history = historyOf([
    [10, 1, 5, 1_000, 2],
    [16.9, 2, 5, 1_000, 0],
    [17.1, 3, 5, 1_000, 2],
  ]);
  const ruleSet = rulesOf('score "disputed" score 7 when payee.disputed_count_24h >= 1');
  const tested = Int32Array.of(0, 1, 2);
  expect([...scoresOf(history, tested, { ruleSet, labels: 'arrived' })]).toEqual([0, 0, 7]);
  expect([...scoresOf(history, tested, { ruleSet, labels: 'as_of_now' })]).toEqual([7, 0, 7]);
});

describe('the gate', () => {
  /** A copy all of whose figures lie by a share above those published. */
  const near = (shift: number): Copy => {
    const shifted = <Of extends object>(figures: Of): Of =>
      Object.fromEntries(
        Object.entries(figures).map(([name, value]) => [name, Number(value) * (1 + shift)]),
      ) as Of;
    return { signature: shifted(published), weeks: [shifted(publishedTree)] };
  };

  test('takes a copy and refuses what is something else', () => {
    expect(isCopy(compare([near(-0.02), near(0.01), near(0.02)]))).toBe(true);
    expect(isCopy(compare([near(0.02), near(0.03), near(0.04)]))).toBe(false);
  });

  test('asks every figure but the bare number of payments', () => {
    const good = compare([near(-0.02), near(0.01), near(0.02)]);
    const without = (figure: string) =>
      isCopy(good.map((each) => (each.figure === figure ? { ...each, distance: 1.1 } : each)));
    const asked = good.map(({ figure }) => figure).filter((figure) => !without(figure));
    expect(asked).toEqual([
      ...['paymentsOfActivity', 'fraudShare', 'auc', 'averagePrecision', 'cardPrecision100'],
    ]);
  });
});

test('the page tells what was found, and does not say that a target is met when it is not', () => {
  const figures = { auc: 0.8, averagePrecision: 0.5, cardPrecision100: 0.25 };
  const weeks = [figures, { ...figures, auc: 0.7 }];
  const comparisons = compare([1, 2].map(() => ({ signature: published, weeks })));
  const found = (cardPrecision100: number): Detection => ({
    ...{ comparisons, weeks, seeds: 2, ruleSet: { hash: 'a'.repeat(64) } },
    pairs: [{ seed: 7, pair: { arrived: { ...figures, cardPrecision100 }, as_of_now: figures } }],
  });
  const page = detectionReport(found(0.25), new Date(0));
  expect(page).toContain('on 1970-01-01');
  expect(page).toContain('of our 2 weeks 50% are as low');
  expect(page).toContain('| 7 | 0.800 | 0.500 | **0.250** | 0.800 | 0.500 | 0.250 |');
  expect(page).toContain('✓ The bar is met with every seed. ✗ The aim is met on average.');
  expect([found(0.25), found(0.24)].map(hasReached)).toEqual([true, false]);
});
