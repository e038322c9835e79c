import {
  keepRuleSetText,
  loadRuleSet,
  readPublished,
  readRuleSetVersion,
  type Database,
  type Published,
  type PublishedText,
  type RuleSet,
} from '@wallet/core-ledger';
import { Fault, type Log, type Metrics } from '@wallet/runtime';
import type { Decision } from '@wallet/schemas';
import { follow, type Followed } from './followed.ts';
import { hash32 } from './keys.ts';
import { scorePayment, type ScoringInput } from './scoring.ts';

/** A set that is tried beside the live one. */
export type ShadowSet = { readonly id: string; readonly ruleSet: RuleSet };

/** The rules in force: one state decides a whole batch. */
export type RulePlan = {
  /** Rises with every change of any rule set. */
  readonly version: number;
  /** Decides the payments of the rollout, and most settings. */
  readonly live: RuleSet;
  /** Of the sets that decide some payment. */
  readonly hashes: readonly string[];
  /** Features that some set reads which decides or is tried, by index: their counters are read. */
  readonly features: readonly number[];
  readonly shadows: readonly ShadowSet[];
  /**
   * Decides a payment by the set in force for it. One that throws is put aside for as long as this
   * process lives, and the last good one decides: a payment never waits for a broken rule.
   */
  decide(paymentId: string, input: Omit<ScoringInput, 'ruleSet'>): Decision;
};

/** A published set acts within two seconds; this is how often one looks. */
const everyMs = 500;

export type LiveRules = Followed<RulePlan>;

/**
 * Follows what is published. A set that this process cannot compile (it was written for another
 * version) counts as broken: those that were in force before stand behind it, and in the end
 * `shipped`, the text of the set that comes with the program.
 */
export function createLiveRules(options: {
  database: Pick<Database, 'knex'>;
  shipped: string;
  log: Log;
  metrics: Metrics;
  signal: AbortSignal;
}): Promise<LiveRules> {
  const { database, log, metrics, signal } = options;
  const compiler = createCompiler(options);
  const aside = new Set<string>();
  // A set was put aside: the next one may want other counters.
  let outdated = false;
  const report = (plan: { live: number; shadow: number }): void => {
    for (const mode of ['live', 'shadow'] as const)
      metrics.set('wallet_fraud_rulesets_unusable', { mode }, plan[mode]);
  };
  return follow<RulePlan>({
    ...{ what: 'rule sets', everyMs, log, signal },
    load: async (previous) => {
      const version = await readRuleSetVersion(database.knex);
      if (previous?.version === version && !outdated) return previous;
      outdated = false;
      const published = await readPublished(database.knex);
      const compiled = await compiler.all(published);
      const isAside = (ruleSet: RuleSet | null): boolean =>
        ruleSet !== null && aside.has(ruleSet.hash);
      const unusable = { ...compiled.unusable };
      unusable.live += [compiled.inForce, compiled.rest].filter(isAside).length;
      report(unusable);
      const onFailure = (ruleSet: RuleSet, error: unknown): void => {
        aside.add(ruleSet.hash);
        outdated = true;
        unusable.live += 1;
        report(unusable);
        log.error({ err: error, hash: ruleSet.hash }, 'a rule set fails: the one before decides');
      };
      return createPlan({ published, compiled, aside, onFailure });
    },
  });
}

type Compiled = {
  inForce: RuleSet | null;
  rest: RuleSet | null;
  earlier: RuleSet[];
  shadows: ShadowSet[];
  shipped: RuleSet;
  unusable: { live: number; shadow: number };
};

/** Each text is compiled once: what has left its draft never changes. */
function createCompiler(options: { database: Pick<Database, 'knex'>; shipped: string; log: Log }) {
  const { database, log } = options;
  const byId = new Map<string, RuleSet | null>();

  const compile = async ({ id, rules }: PublishedText): Promise<RuleSet | null> => {
    const known = byId.get(id);
    if (known !== undefined) return known;
    const loaded = loadRuleSet(rules);
    if (loaded.ok) {
      // What decides can be explained for ever, by the hash that stands in its decisions.
      await keepRuleSetText(database.knex, { hash: loaded.ruleSet.hash, rules });
    } else {
      log.error({ id, problems: loaded.problems }, 'a rule set cannot be used by this process');
    }
    const ruleSet = loaded.ok ? loaded.ruleSet : null;
    byId.set(id, ruleSet);
    return ruleSet;
  };

  const all = async ({ live, rest, earlier, shadows }: Published): Promise<Compiled> => {
    const shipped = await compile({ id: 'shipped', rules: options.shipped });
    if (shipped === null) {
      throw new Fault('invalid_rules', 'the shipped rule set does not load', { retriable: false });
    }
    const inForce = live === null ? shipped : await compile(live);
    const theRest = rest === null ? null : await compile(rest);
    const before = await Promise.all(earlier.map(compile));
    const tried = await Promise.all(
      shadows.map(async (text) => ({ id: text.id, ruleSet: await compile(text) })),
    );
    const usable = tried.flatMap(({ id, ruleSet }) => (ruleSet === null ? [] : [{ id, ruleSet }]));
    return {
      ...{ inForce, rest: theRest, shadows: usable, shipped },
      earlier: before.filter((ruleSet) => ruleSet !== null),
      unusable: {
        live: Number(inForce === null) + Number(rest !== null && theRest === null),
        shadow: tried.length - usable.length,
      },
    };
  };
  return { all };
}

function createPlan(options: {
  published: Pick<Published, 'version' | 'percent'>;
  compiled: Compiled;
  aside: ReadonlySet<string>;
  onFailure: (ruleSet: RuleSet, error: unknown) => void;
}): RulePlan {
  const { published, compiled, aside, onFailure } = options;
  const { inForce, rest, earlier, shadows, shipped } = compiled;
  const lineOf = (...first: (RuleSet | null)[]): RuleSet[] =>
    [...new Set([...first, ...earlier, shipped])].filter((ruleSet) => ruleSet !== null);
  const chosen = lineOf(inForce, rest);
  const others = published.percent === 100 ? chosen : lineOf(rest, inForce);
  const live = chosen.find(({ hash }) => !aside.has(hash)) ?? shipped;
  const tried = shadows.map(({ ruleSet }) => ruleSet);
  const deciding = published.percent === 100 ? [live] : [live, ...others.slice(0, 1)];

  return {
    version: published.version,
    live,
    hashes: deciding.map(({ hash }) => hash),
    features: [...new Set([...deciding, ...tried].flatMap(({ features }) => features))],
    shadows,
    decide(paymentId, input) {
      const inRollout = others === chosen || isInRollout(paymentId, live.hash, published.percent);
      for (const ruleSet of inRollout ? chosen : others) {
        if (aside.has(ruleSet.hash)) continue;
        try {
          return scorePayment({ ...input, ruleSet });
        } catch (error) {
          onFailure(ruleSet, error);
        }
      }
      throw new Fault('no_usable_rules', 'every rule set fails, also the shipped one', {
        retriable: false,
      });
    },
  };
}

/** A plan of one set that nobody changes: for replays and benchmarks. */
export function planOf(ruleSet: RuleSet): RulePlan {
  const unusable = { live: 0, shadow: 0 };
  const compiled = { inForce: ruleSet, rest: null, earlier: [], shadows: [], shipped: ruleSet };
  return createPlan({
    published: { version: 0, percent: 100 },
    compiled: { ...compiled, unusable },
    aside: new Set(),
    onFailure: (_, error) => {
      throw error;
    },
  });
}

/**
 * The same payments for the same set, in every process, and a wider rollout keeps those of a
 * narrower one. Another set takes other payments.
 */
export function isInRollout(paymentId: string, hash: string, percent: number): boolean {
  return hash32(paymentId, hash32(hash)) % 100 < percent;
}
