import { features, loadRuleSet, readDefaultRules, type RuleSet } from '@wallet/core-ledger';
import { samplePaymentIntent } from '@wallet/schemas/testing';

const evaluations = 200_000;
const kinds = 256;

/** Nanoseconds of CPU of one evaluation of the rules, warm, over payments of many kinds. */
export async function engineCost(rules: string) {
  const own = load(rules);
  const shipped = load(await readDefaultRules());
  return {
    rules: own.rules.length,
    nanos: nanosOf(own),
    shippedRules: shipped.rules.length,
    shippedNanos: nanosOf(shipped),
  };
}

function load(text: string): RuleSet {
  const loaded = loadRuleSet(text);
  if (loaded.ok) return loaded.ruleSet;
  throw new Error(JSON.stringify(loaded.problems));
}

function nanosOf(ruleSet: RuleSet): number {
  const lists = new Map([['trusted', new Set(['nobody'])]]);
  const all = Array.from({ length: kinds }, (_, kind) => ({
    payment: samplePaymentIntent({ reference: kind % 2 === 0 ? 'order' : null }),
    amountMinor: 100 + kind * 50,
    features: Float64Array.from(features, (_feature, index) => (index * kind) % 97),
    ...{ lists, missing: '' },
  }));
  const run = (): void => {
    for (let at = 0; at < evaluations; at += 1) {
      const facts = all[at % kinds];
      if (facts !== undefined) ruleSet.evaluate(facts, false);
    }
  };
  run();
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / evaluations;
}
