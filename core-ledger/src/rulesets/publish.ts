import type { Database, Queryable } from '../database/database.ts';
import { loadRuleSet } from '../fraud/ruleset.ts';
import type { Actor } from './actor.ts';
import { refusePublish } from './decide.ts';
import type { Evidence, EvidenceGate, StoredRuleSet } from './ruleset.ts';
import {
  findRuleSet,
  insertDraft,
  keepRuleSetText,
  lockRuleSets,
  recordStep,
  updateRuleSet,
  type RuleSetResult,
} from './store.ts';

/** One row of what was ever in force; `under` is what a roll back goes back to. */
export type Publication = {
  readonly id: string;
  readonly under: string | null;
  readonly rulesetId: string;
  readonly restId: string | null;
  readonly percent: number;
  readonly publishedAt: Date;
  readonly publishedBy: string | null;
};

type Row = {
  id: string;
  under: string | null;
  ruleset_id: string;
  rest_id: string | null;
  percent: number;
  published_at: Date;
  published_by: string | null;
};

function publicationOf(row: Row): Publication {
  return {
    ...{ id: row.id, under: row.under, rulesetId: row.ruleset_id, restId: row.rest_id },
    ...{ percent: row.percent, publishedAt: row.published_at, publishedBy: row.published_by },
  };
}

/** What is in force; null before the first publication. */
export async function findPublication(db: Queryable): Promise<Publication | null> {
  const row = await db<Row>('fraud_publication').orderBy('id', 'desc').first<Row | undefined>();
  return row === undefined ? null : publicationOf(row);
}

/**
 * Lets an approved set decide `percent` of the payments, the others staying with the set that was
 * in force. Processes take it within two seconds. Whole at 100: the former one is then retired.
 */
export function publishRuleSet(
  db: Pick<Database, 'knex'>,
  id: string,
  how: {
    percent: number;
    gate: EvidenceGate;
    evidenceOf: (trx: Queryable, ruleSet: StoredRuleSet) => Promise<Evidence>;
    actor: Actor;
    reason?: string | undefined;
  },
): Promise<RuleSetResult> {
  const { percent, gate, actor } = how;
  return db.knex.transaction(async (trx) => {
    await lockRuleSets(trx);
    const before = await findRuleSet(trx, id);
    if (before === null) return { ok: false, reason: 'no_such_ruleset' };
    const inForce = await findPublication(trx);
    const evidence = await how.evidenceOf(trx, before);
    const refused = refusePublish(before, { id, percent, inForce, evidence, gate });
    if (refused !== null) return { ok: false, reason: refused };
    const same = inForce?.rulesetId === id && inForce.percent === percent;
    if (same) return { ok: true, ruleSet: before };
    // It was checked when it was saved, perhaps by another engine.
    const loaded = loadRuleSet(before.rules);
    if (!loaded.ok) return { ok: false, reason: 'invalid_rules', problems: loaded.problems };
    await keepRuleSetText(trx, { hash: loaded.ruleSet.hash, rules: before.rules });
    const widening = inForce !== null && inForce.rulesetId === id;
    const former = widening ? inForce.restId : (inForce?.rulesetId ?? null);
    await trx('fraud_publication').insert({
      ...{ kind: 'publish', ruleset_id: id, published_by: actor.id },
      // The first set has nobody to share with.
      percent: former === null ? 100 : percent,
      rest_id: percent === 100 ? null : former,
      under: widening ? inForce.under : (inForce?.id ?? null),
    });
    const after = await updateRuleSet(trx, id, { status: 'live', shadow_since: null });
    await recordStep(trx, { action: 'publish', before, after, actor, reason: how.reason });
    if (percent === 100 && former !== null)
      await retire(trx, former, { actor, reason: how.reason });
    return { ok: true, ruleSet: after };
  });
}

/** Back to the set before, for all payments, in one step. A second one goes back further. */
export function rollBackRuleSet(
  db: Pick<Database, 'knex'>,
  { actor, reason }: { actor: Actor; reason?: string | undefined },
): Promise<RuleSetResult> {
  return db.knex.transaction(async (trx) => {
    await lockRuleSets(trx);
    const inForce = await findPublication(trx);
    const under = inForce?.under ?? null;
    if (inForce === null || under === null) return { ok: false, reason: 'nothing_to_roll_back' };
    const row = await trx<Row>('fraud_publication').where({ id: under }).first<Row | undefined>();
    const target = row === undefined ? null : await findRuleSet(trx, row.ruleset_id);
    if (row === undefined || target === null) return { ok: false, reason: 'nothing_to_roll_back' };
    const loaded = loadRuleSet(target.rules);
    if (!loaded.ok) return { ok: false, reason: 'invalid_rules', problems: loaded.problems };
    await keepRuleSetText(trx, { hash: loaded.ruleSet.hash, rules: target.rules });
    await trx('fraud_publication').insert({
      ...{ kind: 'rollback', ruleset_id: target.id, percent: 100, rest_id: null },
      ...{ under: row.under, published_by: actor.id },
    });
    const after = await updateRuleSet(trx, target.id, { status: 'live' });
    await recordStep(trx, { action: 'rollback', before: target, after, actor, reason });
    if (inForce.rulesetId !== target.id) await retire(trx, inForce.rulesetId, { actor, reason });
    return { ok: true, ruleSet: after };
  });
}

/** Its own history, too, says why it had to go. */
async function retire(
  trx: Queryable,
  id: string,
  why: { actor: Actor; reason: string | undefined },
): Promise<void> {
  const before = await findRuleSet(trx, id);
  if (before === null || before.status === 'retired') return;
  const after = await updateRuleSet(trx, id, { status: 'retired', shadow_since: null });
  await recordStep(trx, { action: 'replaced', before, after, ...why });
}

/**
 * Publishes a text when nothing is in force, as the first set of a new installation. What is in
 * force stays. Throws when the text cannot be used.
 */
export async function publishFirst(
  db: Pick<Database, 'knex'>,
  { name, rules }: { name: string; rules: string },
): Promise<void> {
  if ((await findPublication(db.knex)) !== null) return;
  const loaded = loadRuleSet(rules);
  if (!loaded.ok) throw new BrokenRuleSet(loaded.problems);
  await db.knex.transaction(async (trx) => {
    await lockRuleSets(trx);
    if ((await findPublication(trx)) !== null) return;
    const actor: Actor = { id: null, role: 'system', requestId: null };
    const before = await insertDraft(trx, { name, rules }, loaded.ruleSet, actor);
    await trx('fraud_publication').insert({ kind: 'publish', ruleset_id: before.id, percent: 100 });
    const after = await updateRuleSet(trx, before.id, { status: 'live' });
    await recordStep(trx, { action: 'publish', before, after, actor, reason: 'the first set' });
  });
}

/** A rule set that must be used and cannot be. */
class BrokenRuleSet extends Error {
  readonly retriable = false;

  constructor(problems: readonly { line: number; column: number; message: string }[]) {
    const lines = problems.map((p) => `  line ${p.line}, column ${p.column}: ${p.message}`);
    super(['The rule set cannot be used:', ...lines].join('\n'));
    this.name = 'BrokenRuleSet';
  }
}
