import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
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
  accepted_at: 1_800_000_000_000,
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
  const habit = { 'payer.count_30d': 5, 'payer.sum_30d': 22_000 };
  const collected = { 'payee.payers_24h': 20, 'payee.sum_24h': 200_000 };
  const usual = { 'payer.count_30d': 3, 'payer.sum_30d': 15_000 };
  const takenOver = { ...usual, 'payer.new_device': 1 };
  const spent = { 'payer.count_30d': 8, 'payer.sum_30d': 1_000 };
  const returned = { ...spent, 'payer.refunded_count_30d': 5, 'payer.refunded_sum_30d': 501 };
  const disputed = { 'payee.disputed_count_7d': 3, 'payee.disputed_count_24h': 1 };
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
      factsOf(500, { 'device.payers_24h': 5, 'payer.count_5m': 8 }, {}, onDevice),
    ],
    ['a shared device alone', 'approve', factsOf(500, { 'device.payers_24h': 5 }, {}, onDevice)],
    [
      'a device with declines',
      'review',
      factsOf(500, { 'device.declined_count_1h': 5 }, {}, onDevice),
    ],
    [
      'a device that paid for fraud',
      'review',
      factsOf(500, { 'device.fraud_count_30d': 1 }, {}, onDevice),
    ],
    ['large for everybody', 'approve', factsOf(22_001, {})],
    ['large for everybody and for this payer', 'review', factsOf(22_001, habit)],
    ['large for this payer', 'approve', factsOf(22_000, habit)],
    ['twenty strangers pay a newcomer', 'review', factsOf(500, collected)],
    ['nineteen do', 'approve', factsOf(500, { ...collected, 'payee.payers_24h': 19 })],
    ['new device, four times as much', 'review', factsOf(20_100, takenOver)],
    ['new device, as usual', 'approve', factsOf(20_000, takenOver)],
    ['known device', 'approve', factsOf(20_100, { ...takenOver, 'payer.new_device': 0 })],
    ['most goes back', 'review', factsOf(500, returned)],
    ['half goes back', 'approve', factsOf(500, { ...returned, 'payer.refunded_sum_30d': 500 })],
    ['three disputes, one of them today', 'review', factsOf(500, disputed)],
    ['three disputes within the week', 'approve', factsOf(500, { 'payee.disputed_count_7d': 3 })],
    ['disputed payee, trusted payer', 'approve', factsOf(500, disputed, trusted)],
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
    const read = (await shipped).features.map((at) => features[at]?.entity);
    expect(new Set(read)).toEqual(new Set(['payer', 'payee', 'device']));
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
    ['block "x" when amount_minor == 5 == true', 'ambiguous', 1, 16],
    ['block "x" when true == currency in ["USD"]', 'ambiguous', 1, 24],
    ['block "x" when !(1 < 2 == payer.new_device)', 'ambiguous', 1, 18],
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

describe('what could run long is refused, at its place', () => {
  const problemsOf = (text: string) => {
    const loaded = loadRuleSet(text);
    return loaded.ok ? [] : loaded.problems.map(({ code, line, column }) => [code, line, column]);
  };
  const sum = (count: number): string => Array<string>(count).fill('amount_minor').join(' + ');

  test('many rules that are each within bounds: the one with which the set costs too much', () => {
    // 81 amounts, 80 additions, a number and a comparison: 163 each, so the 37th is too much.
    const rule = (index: number): string => `block "${index}" when ${sum(81)} > 1`;
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, i) => rule(i)).join('\n');
    expect(problemsOf(lines(36))).toEqual([]);
    expect(problemsOf(lines(40))).toEqual([['too_costly', 37, 1]]);
  });

  test('a written list of 10,000; lists of analysts may be as long as they like', () => {
    const written = Array.from({ length: 10_000 }, (_, index) => index).join(', ');
    expect(problemsOf(`block "x" when amount_minor in [${written}]`)).toEqual([
      ['too_long', 1, 16],
    ]);
    const short = Array.from({ length: 101 }, () => 1).join(',');
    expect(problemsOf(`block "x" when amount_minor in [${short}]`)).toEqual([
      ['too_complex', 1, expect.any(Number)],
    ]);
  });

  test.each(['map', 'filter', 'exists', 'all', 'exists_one'])('%s over a list', (macro) => {
    const nested = `[1].${macro}(a, [2].${macro}(b, a == b))`;
    expect(problemsOf(`block "x" when ${nested}`)).toEqual([['not_supported', 1, 16]]);
  });

  test('any text ends in a verdict or in problems, soon', () => {
    const words = fc.constantFrom(
      ...['block', 'review', '"x"', 'when', 'set', 'score', '5', 'payer.id', 'in', '[', ']', '('],
      ...[
        ')',
        '&&',
        '||',
        '!',
        '==',
        '\n',
        '#',
        '"',
        "'",
        '\\',
        '😀',
        'lists.a',
        '.',
        ',',
        '?',
        ':',
      ],
    );
    const texts = fc.array(fc.oneof(words, fc.string()), { maxLength: 60 });
    fc.assert(
      fc.property(texts, (parts) => {
        const startedMs = performance.now();
        const loaded = loadRuleSet(parts.join(' '));
        if (!loaded.ok)
          for (const { line, column } of loaded.problems)
            expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        expect(performance.now() - startedMs).toBeLessThan(1_000);
      }),
      { numRuns: 2_000, verbose: true, seed: Number(process.env['PROPERTY_SEED'] ?? 20_611_124) },
    );
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
