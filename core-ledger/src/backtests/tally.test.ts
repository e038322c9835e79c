import { expect, test } from '@jest/globals';
import type { Finding, Verdict } from '../fraud/facts.ts';
import { loadRuleSet } from '../fraud/ruleset.ts';
import type { Label } from './backtest.ts';
import { addToTally, createTally, reportOf } from './tally.ts';
import type { Tally } from './tally.ts';

const dayMs = 86_400_000;

function setOf(rules: string) {
  const loaded = loadRuleSet(rules);
  if (loaded.ok) return loaded.ruleSet;
  throw new Error(JSON.stringify(loaded.problems));
}
const champion = setOf('block "a" when amount_minor > 1');
const candidate = setOf(
  'review "b" when amount_minor > 1\nscore "c" score 1 when payer.count_1h > 0',
);

function says(outcome: Verdict['outcome'], matched: string[], open: string[] = []): Verdict {
  const finding = (rule: string, result: Finding['result']): Finding => ({
    ...{ rule, action: 'review', result, missing: null },
  });
  const findings = [
    ...matched.map((rule) => finding(rule, 'match')),
    ...open.map((rule) => finding(rule, 'not_evaluated')),
  ];
  return { outcome, score: 0, findings };
}

/** label, amount, what the champion says, what the candidate says */
const rows: [Label, number, Verdict, Verdict][] = [
  ['fraud', 100, says('block', ['a']), says('review', ['b', 'c'])],
  ['fraud', 200, says('approve', []), says('review', ['b'])],
  ['fraud', 400, says('approve', []), says('approve', [], ['c'])],
  ['good', 800, says('block', ['a']), says('approve', ['c'])],
  ['good', 1_600, says('approve', []), says('review', ['b', 'c'])],
  ['immature', 3_200, says('block', ['a']), says('block', ['b'])],
  ['unknown', 6_400, says('approve', []), says('approve', [])],
];

function tallied(): Tally {
  const tally = createTally();
  for (const [label, amountMinor, first, second] of rows)
    addToTally(tally, {
      ...{ label, amountMinor, champion: first, candidate: second },
      currency: amountMinor === 400 ? 'EUR' : 'USD',
    });
  return tally;
}

const report = (tally: Tally) =>
  reportOf(tally, {
    ...{ champion, candidate, fromMs: 0, toMs: 2 * dayMs },
    ...{ differencesListed: 4, unreadable: 0, countersForgotten: 0 },
  });

test('precision and recall are of mature labels; money is by currency', () => {
  const { champion: before, candidate: after, payments, differences } = report(tallied());
  expect(payments).toEqual({ payments: 7, amountMinor: { USD: 12_300, EUR: 400 } });
  expect([before.precision, before.recall]).toEqual([1 / 2, 1 / 3]);
  expect([after.precision, after.recall]).toEqual([2 / 3, 2 / 3]);
  expect(before.fraudStopped).toEqual({ payments: 1, amountMinor: { USD: 100 } });
  expect(before.goodDeclined).toEqual({ payments: 1, amountMinor: { USD: 800 } });
  // A review is not a decline.
  expect(after.goodDeclined.payments).toBe(0);
  expect(after.reviewsPerDay).toBe(3 / 2);
  expect(differences).toBe(4);
});

test('rules say what they hit, alone and with others, and what they could not see', () => {
  const { candidate: after, agreement } = report(tallied());
  const [b, c] = after.rules;
  expect(b).toMatchObject({ rule: 'b', alone: 2, alsoStopped: 2, precision: 2 / 3, recall: 2 / 3 });
  expect(b?.hits).toEqual({ payments: 4, amountMinor: { USD: 5_100 } });
  expect(c).toMatchObject({ rule: 'c', alone: 1, notEvaluated: 1, precision: 1 / 3 });
  expect(after.overlaps).toEqual([{ rules: ['b', 'c'], payments: 2 }]);
  expect(agreement.approve.review.payments).toBe(2);
  expect(agreement.block.approve.amountMinor).toEqual({ USD: 800 });
});

test('nothing judged is no division by zero, and a rule that never matched is told', () => {
  const { candidate: after } = report(createTally());
  expect([after.precision, after.recall]).toEqual([null, null]);
  expect(after.rules.map(({ hits }) => hits.payments)).toEqual([0, 0]);
});

test('a tally is the same after it was kept as JSON', () => {
  const [whole, half] = [tallied(), tallied()];
  const kept = JSON.parse(JSON.stringify(half)) as Tally;
  for (const tally of [whole, kept]) {
    const [label, amountMinor, first, second] = rows[0] ?? [
      'fraud',
      1,
      says('block', []),
      says('block', []),
    ];
    const payment = { label, amountMinor, champion: first, candidate: second, currency: 'JPY' };
    addToTally(tally, payment);
  }
  expect(report(kept)).toEqual(report(whole));
});
