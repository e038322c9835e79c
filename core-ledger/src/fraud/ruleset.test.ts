import { describe, expect, test } from '@jest/globals';
import type { Facts } from './facts.ts';
import { features, loadRuleSet, readDefaultRules } from './index.ts';
import type { RuleSet, ScreenedPayment } from './index.ts';

const payment: ScreenedPayment = {
  payer_id: 'payer',
  payee_id: 'payee',
  payer_wallet_id: 'wallet-1',
  payee_wallet_id: 'wallet-2',
  amount_minor: 400n,
  currency: 'USD',
  capture: 'automatic',
  reference: null,
  context: { ip: null, device_id: null, card_bin: null, card_fingerprint: null, country: null },
};

function factsOf(
  amountMinor: number,
  known: Record<string, number> | null,
  lists: Record<string, string[]> = {},
  change: Partial<ScreenedPayment> = {},
): Facts {
  const values = Float64Array.from(features, ({ name }) =>
    known === null ? NaN : (known[name] ?? 0),
  );
  return {
    payment: { ...payment, ...change, amount_minor: BigInt(amountMinor) },
    amountMinor,
    features: values,
    lists: new Map(Object.entries(lists).map(([name, entries]) => [name, new Set(entries)])),
    missing: '',
  };
}

function load(text: string): RuleSet {
  const loaded = loadRuleSet(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.ruleSet;
}

const trusted = { trusted: ['payer'] };
const onDevice = { context: { ...payment.context, device_id: 'device' } };

describe('the set that ships', () => {
  const shipped = readDefaultRules().then(load);
  const spending = { 'payer.count_30d': 5, 'payer.sum_30d': 5_000 };
  const collecting = { 'payee.count_1h': 10, 'payee.sum_1h': 100_000 };
  const oldCollector = { ...collecting, 'payee.first_seen_seconds': 86_400 };

  test.each<[string, string, Facts]>([
    ['five payments in an hour, then a small one', 'block', factsOf(499, { 'payer.count_1h': 5 })],
    ['four payments in an hour', 'approve', factsOf(499, { 'payer.count_1h': 4 })],
    ['a payment that is not small', 'approve', factsOf(500, { 'payer.count_1h': 5 })],
    ['trusted: no card testing', 'approve', factsOf(499, { 'payer.count_1h': 5 }, trusted)],
    ['ten times the mean', 'review', factsOf(10_000, spending)],
    ['below the amount that matters', 'approve', factsOf(9_999, spending)],
    ['trusted: no spike', 'approve', factsOf(10_000, spending, trusted)],
    ['a payee first seen today collects', 'review', factsOf(500, collecting)],
    ['a payee known since yesterday', 'approve', factsOf(500, oldCollector)],
    ['trusted payee', 'approve', factsOf(500, collecting, { trusted: ['payee'] })],
    ['exactly 66,600', 'review', factsOf(66_600, {})],
    ['exactly 66,600, trusted', 'review', factsOf(66_600, {}, trusted)],
    ['blocked and trusted', 'block', factsOf(500, {}, { ...trusted, blocked: ['payee'] })],
    [
      'a shared device and a hurry',
      'review',
      factsOf(500, { 'device.count_24h': 20, 'payer.count_5m': 8 }, {}, onDevice),
    ],
    ['a shared device alone', 'approve', factsOf(500, { 'device.count_24h': 20 }, {}, onDevice)],
  ])('%s: %s', async (_name, outcome, facts) => {
    expect((await shipped).evaluate(facts, false).outcome).toBe(outcome);
  });

  test.each<[string, string, Facts]>([
    ['9,999', 'approve', factsOf(9_999, null)],
    ['10,000', 'review', factsOf(10_000, null)],
    ['10,000, trusted: decided without counters', 'approve', factsOf(10_000, null, trusted)],
    ['66,600, trusted', 'review', factsOf(66_600, null, trusted)],
    ['1, blocked', 'block', factsOf(1, null, { blocked: ['payer'] })],
  ])('without counters %s: %s', async (_name, outcome, facts) => {
    expect((await shipped).evaluate(facts, true).outcome).toBe(outcome);
  });

  test('reads only entities that are always counted', async () => {
    expect((await shipped).entities).toEqual(['payer', 'payee', 'device']);
    expect((await shipped).lists).toEqual(['blocked', 'trusted']);
  });
});

describe('what is wrong stands at its line and column', () => {
  test.each<[string, string, number, number, RegExp?]>([
    ['blokc "x" when true', 'unknown_verb', 1, 1, /did you mean block\?/],
    ['hello\nblock "x" when true', 'expected_sentence', 1, 1],
    ['block "" when true', 'invalid_name', 1, 7],
    ['block "x when true', 'invalid_name', 1, 7],
    ['block "x" score 1001 when true', 'invalid_score', 1, 17],
    ['score "x" when true', 'score_required', 1, 11],
    ['block "x" on_missing maybe when true', 'invalid_on_missing', 1, 22],
    ['block "x" wen true', 'expected_when', 1, 11],
    ['block "x" when', 'expected_condition', 1, 15],
    ['block "x" when amount_minor = 5', 'syntax', 1, 29, /==/],
    ['block "x" when true and true', 'syntax', 1, 21, /&&/],
    ['block "x" when\n  payer.count_1x > 2', 'unknown_attribute', 2, 9, /payer\.count_1h\?/],
    ['block "x" when paier.count_1h > 2', 'unknown_attribute', 1, 16, /payer\.count_1h\?/],
    ['block "x" when amount_minor', 'not_a_boolean', 1, 16],
    ['block "x" when payer.id > 3', 'type_mismatch', 1, 27],
    ['block "x" when amount_minor && true', 'type_mismatch', 1, 16],
    ['block "x" when amount_minor in [1, "a"]', 'type_mismatch', 1, 36],
    ['block "x" when payer.id in payee.id', 'not_a_list', 1, 28],
    ['block "x" when lists.trusted', 'list_outside_in', 1, 16],
    ['block "x" when payer.id.matches("(a+)+$")', 'not_supported', 1, 16],
    ['block "x" when [1, 2].all(x, x > 0)', 'not_supported', 1, 16],
    ['block "x" when amount_minor > 1.5', 'not_supported', 1, 31],
    ['block "x" when amount_minor > 99999999999999999', 'number_out_of_range', 1, 31],
    ['block "x" when true ? true : false', 'not_supported', 1, 16],
    [`block "x" when ${'!'.repeat(300)}true`, 'too_complex', 1, 116],
    [`block "x" when "${'a'.repeat(4_001)}" == currency`, 'too_long', 1, 16],
    ['block "x" when true\nblock "x" when false', 'duplicate_name', 2, 1],
    ['set review_at_scor 5', 'unknown_setting', 1, 5, /review_at_score\?/],
    ['set review_at_score 0', 'invalid_setting', 1, 21],
    ['set version "1"\nset version "2"', 'duplicate_setting', 2, 5],
    ['set version', 'expected_setting', 1, 12],
    // Code points, not UTF-16 units: an editor shows one column for an emoji.
    ['block "x" when "😀" == currency && foo', 'unknown_attribute', 1, 35],
    ['# 😀\n\nblock "é" when\n# ünïcode\n  amount_minor > "a"', 'type_mismatch', 5, 18],
  ])('%j', (text, code, line, column, message = /./) => {
    const loaded = loadRuleSet(text);
    const problems = loaded.ok ? [] : loaded.problems;
    expect(problems).toEqual([expect.objectContaining({ code, line, column })]);
    expect(problems[0]?.message).toMatch(message);
  });

  test('every sentence has its own problem, in order', () => {
    const loaded = loadRuleSet('block "a" when x\nset y 1\nreview "b" when 1');
    const codes = loaded.ok ? [] : loaded.problems.map(({ code }) => code);
    expect(codes).toEqual(['unknown_attribute', 'unknown_setting', 'not_a_boolean']);
  });

  test('a set of 201 rules or 65,537 characters is refused', () => {
    const many = Array.from({ length: 201 }, (_, index) => `allow "${index}" when true`).join('\n');
    expect(loadRuleSet(many).ok).toBe(false);
    expect(loadRuleSet(many.split('\n').slice(1).join('\n')).ok).toBe(true);
    expect(loadRuleSet('#'.repeat(64 * 1024 + 1)).ok).toBe(false);
  });
});

describe('a rule set is its meaning', () => {
  const first = load('set version "1"\nblock "a" when true\nreview "b" when amount_minor>1');

  test('order, layout and comments do not change the hash', () => {
    const text = '# why\nreview "b" when\n  amount_minor > 1\nblock "a" when true\nset version "1"';
    const other = load(text);
    expect(other.hash).toBe(first.hash);
    expect(other.evaluate(factsOf(5, {}), false)).toEqual(first.evaluate(factsOf(5, {}), false));
  });

  test.each([
    'set version "2"\nblock "a" when true\nreview "b" when amount_minor>1',
    'set version "1"\nblock "a" when true\nreview "b" when amount_minor>2',
    'set version "1"\nblock "a" when true\nblock "b" when amount_minor>1',
    'set version "1"\nblock "a" when true\nreview "b" on_missing block when amount_minor>1',
    'set version "1"\nblock "a" score 1 when true\nreview "b" when amount_minor>1',
  ])('anything else does: %j', (text) => {
    expect(load(text).hash).not.toBe(first.hash);
  });

  test('it cannot be changed', () => {
    expect(Object.isFrozen(first) && Object.isFrozen(first.settings)).toBe(true);
  });

  test('a rule keeps its sentence', () => {
    const [rule] = load('block "a" score 5 on_missing review when\n  true').rules;
    const source = 'block "a" score 5 on_missing review when\n  true';
    expect(rule).toEqual({ name: 'a', action: 'block', score: 5, onMissing: 'review', source });
  });
});

test('a rule that could not be evaluated says which input was missing, and what to do then', () => {
  const policies = ['skip', 'review', 'block'] as const;
  const outcomes = policies.map((policy) => {
    const text = `block "a" on_missing ${policy} when context.country == "XX" && amount_minor > 5`;
    return load(text).evaluate(factsOf(6, {}), false);
  });
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['approve', 'review', 'block']);
  const finding = {
    rule: 'a',
    action: 'block',
    result: 'not_evaluated',
    missing: 'context.country',
  };
  expect(outcomes.map(({ findings }) => findings)).toEqual([[finding], [finding], [finding]]);
});

test('a list of 10,000 entries is one look-up', () => {
  const entries = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
  const set = load('block "listed" when payer.id in lists.many');
  const facts = factsOf(1, {}, { many: entries }, { payer_id: 'user-9999' });
  expect(set.evaluate(facts, false).outcome).toBe('block');
});
