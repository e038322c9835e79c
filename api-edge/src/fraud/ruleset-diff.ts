import { loadRuleSet, type StoredRuleSet } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import { rulesText } from './ruleset.ts';

const name = () => fields.text(64).meta({ example: 'large payment' });
const sentence = () => z.strictObject({ name: name(), source: rulesText() });

/** What one set says that another does not: by the names of rules. */
export const ruleSetDiffSchema = z
  .strictObject({
    from: fields.id(),
    to: fields.id(),
    added: z.array(sentence()).max(200),
    removed: z.array(sentence()).max(200),
    changed: z.array(z.strictObject({ name: name(), from: rulesText(), to: rulesText() })).max(200),
    settings: z
      .array(
        z.strictObject({
          name: fields.word('review_at_score'),
          from: fields.text(64).nullable().meta({ example: '60' }),
          to: fields.text(64).nullable().meta({ example: '80' }),
        }),
      )
      .max(20),
    unchanged: z.int().min(0),
  })
  .meta({ id: 'RuleSetDiff' });

/** White space is layout: it makes no difference. */
const meaningOf = (source: string): string => source.replaceAll(/\s+/g, ' ').trim();

export function diffRuleSets(
  before: StoredRuleSet,
  after: StoredRuleSet,
): z.output<typeof ruleSetDiffSchema> {
  const [from, to] = [rulesOf(before), rulesOf(after)];
  const shown = ([rule, source]: [string, string]) => ({ name: rule, source });
  const both = [...to].filter(([rule]) => from.has(rule));
  const changed = both.filter(([rule, source]) => {
    return meaningOf(from.get(rule) ?? '') !== meaningOf(source);
  });
  return {
    ...{ from: before.id, to: after.id },
    added: [...to].filter(([rule]) => !from.has(rule)).map(shown),
    removed: [...from].filter(([rule]) => !to.has(rule)).map(shown),
    changed: changed.map(([rule, source]) => ({
      ...{ name: rule, from: from.get(rule) ?? '', to: source },
    })),
    settings: settingsBetween(before, after),
    unchanged: both.length - changed.length,
  };
}

function rulesOf({ rules }: StoredRuleSet): Map<string, string> {
  const loaded = loadRuleSet(rules);
  return new Map(loaded.ok ? loaded.ruleSet.rules.map((rule) => [rule.name, rule.source]) : []);
}

function settingsBetween(before: StoredRuleSet, after: StoredRuleSet) {
  const [from, to] = [settingsOf(before), settingsOf(after)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((key) => from.get(key) !== to.get(key))
    .map((key) => ({ name: wordOf(key), from: from.get(key) ?? null, to: to.get(key) ?? null }));
}

function settingsOf({ rules }: StoredRuleSet): Map<string, string> {
  const loaded = loadRuleSet(rules);
  const settings = loaded.ok ? Object.entries(loaded.ruleSet.settings) : [];
  return new Map(
    settings.flatMap(([key, value]) =>
      value === null || value === '' ? [] : [[key, String(value)] as const],
    ),
  );
}

/** As the language writes it: `reviewAtScore` is `review_at_score`. */
function wordOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
