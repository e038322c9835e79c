import { randomUUID } from 'node:crypto';
import { recordChange } from '../changes/store.ts';
import type { Database, Queryable } from '../database/database.ts';
import type { RuleProblem, RuleSet } from '../fraud/facts.ts';
import { loadRuleSet } from '../fraud/ruleset.ts';
import type { Actor } from './actor.ts';
import { refuseAction } from './decide.ts';
import type { RuleSetRefusal } from './decide.ts';
import { ruleSetEdges } from './ruleset.ts';
import type { RuleSetAction, StoredRuleSet } from './ruleset.ts';

export type RuleSetResult =
  | { ok: true; ruleSet: StoredRuleSet }
  | { ok: false; reason: RuleSetRefusal; problems?: readonly RuleProblem[] };

/** Whoever changes rule sets holds it until commit: changes come one after the other. */
const ruleSetLock = 7_305_020;

export async function lockRuleSets(trx: Queryable): Promise<void> {
  await trx.raw('select pg_advisory_xact_lock(?)', [ruleSetLock]);
}

type Row = {
  id: string;
  version: number;
  name: string;
  rules: string;
  hash: string;
  status: StoredRuleSet['status'];
  based_on: string | null;
  author_id: string | null;
  approved_by: string | null;
  shadow_since: Date | null;
  created_at: Date;
  updated_at: Date;
};

function storedOf(row: Row): StoredRuleSet {
  return {
    ...{
      id: row.id,
      version: row.version,
      name: row.name,
      rules: row.rules,
      hash: row.hash,
      status: row.status,
    },
    ...{ basedOn: row.based_on, authorId: row.author_id, approvedBy: row.approved_by },
    ...{ shadowSince: row.shadow_since, createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

export async function findRuleSet(db: Queryable, id: string): Promise<StoredRuleSet | null> {
  const row = await db<Row>('fraud_ruleset').where({ id }).first<Row | undefined>();
  return row === undefined ? null : storedOf(row);
}

/** A page of rule sets, newest first, behind the set `after`. */
export async function listRuleSets(
  db: Queryable,
  page: { status?: StoredRuleSet['status'] | undefined; after: string | null; limit: number },
): Promise<StoredRuleSet[]> {
  const found = await db.raw<{ rows: Row[] }>(
    `select * from fraud_ruleset r
     where (?::text is null or status = ?::text)
       and (?::uuid is null or (created_at, id) <
         (select created_at, id from fraud_ruleset where id = ?::uuid))
     order by created_at desc, id desc limit ?`,
    [...[page.status ?? null, page.status ?? null, page.after, page.after], page.limit],
  );
  return found.rows.map(storedOf);
}

/** The text behind a hash that some decision carries; null when no process here ever used it. */
export async function findRuleSetText(db: Queryable, hash: string): Promise<string | null> {
  const row = await db<{ hash: string; rules: string }>('fraud_ruleset_text')
    .where({ hash })
    .first('rules');
  return row?.rules ?? null;
}

/** Keeps the text of a set that is about to decide, under the hash that this engine gives it. */
export async function keepRuleSetText(
  db: Queryable,
  { hash, rules }: { hash: string; rules: string },
): Promise<void> {
  await db('fraud_ruleset_text').insert({ hash, rules }).onConflict('hash').ignore();
}

export type DraftText = { name: string; rules: string; basedOn?: string | undefined };

/** Saves a new draft, or says everything that is wrong with its text. */
export async function createDraft(
  db: Pick<Database, 'knex'>,
  draft: DraftText,
  actor: Actor,
): Promise<RuleSetResult> {
  const loaded = loadRuleSet(draft.rules);
  if (!loaded.ok) return { ok: false, reason: 'invalid_rules', problems: loaded.problems };
  return db.knex.transaction(async (trx) => {
    await lockRuleSets(trx);
    const { basedOn } = draft;
    if (basedOn !== undefined && (await findRuleSet(trx, basedOn)) === null)
      return { ok: false, reason: 'no_such_ruleset' };
    return { ok: true, ruleSet: await insertDraft(trx, draft, loaded.ruleSet, actor) };
  });
}

/** Inserts a checked draft with its first change. */
export async function insertDraft(
  trx: Queryable,
  { name, rules, basedOn }: DraftText,
  checked: RuleSet,
  actor: Actor,
): Promise<StoredRuleSet> {
  const [row] = await trx<Row>('fraud_ruleset')
    .insert({
      ...{ id: randomUUID(), name, rules, hash: checked.hash, author_id: actor.id },
      based_on: basedOn ?? null,
    })
    .returning<Row[]>('*');
  if (row === undefined) throw new Error('an inserted draft is not there');
  const ruleSet = storedOf(row);
  await recordStep(trx, { action: 'create', before: null, after: ruleSet, actor });
  return ruleSet;
}

/** Changes the text of a draft of one's own. */
export function editDraft(
  db: Pick<Database, 'knex'>,
  id: string,
  draft: { name: string; rules: string },
  actor: Actor,
): Promise<RuleSetResult> {
  const loaded = loadRuleSet(draft.rules);
  if (!loaded.ok)
    return Promise.resolve({ ok: false, reason: 'invalid_rules', problems: loaded.problems });
  const { hash } = loaded.ruleSet;
  return change(db, id, { action: 'edit', actor, set: { ...draft, hash } });
}

/** One step of a person: `shadow`, `submit`, `approve`, `retire`. Repeating one changes nothing. */
export function moveRuleSet(
  db: Pick<Database, 'knex'>,
  id: string,
  step: {
    action: Exclude<RuleSetAction, 'edit' | 'publish'>;
    actor: Actor;
    reason?: string | undefined;
  },
): Promise<RuleSetResult> {
  return change(db, id, { ...step, set: {} });
}

type Change = {
  action: Exclude<RuleSetAction, 'publish'>;
  actor: Actor;
  reason?: string | undefined;
  set: Partial<Row>;
};

async function change(
  db: Pick<Database, 'knex'>,
  id: string,
  { action, actor, reason, set }: Change,
): Promise<RuleSetResult> {
  return db.knex.transaction(async (trx) => {
    await lockRuleSets(trx);
    const before = await findRuleSet(trx, id);
    if (before === null) return { ok: false, reason: 'no_such_ruleset' };
    const refused = refuseAction(action, before, actor.id);
    if (refused !== null) return { ok: false, reason: refused };
    const next = { ...set, ...columnsAfter(action, before, actor) };
    if (Object.keys(next).length === 0) return { ok: true, ruleSet: before };
    const after = await updateRuleSet(trx, id, next);
    await recordStep(trx, { action, before, after, actor, reason });
    return { ok: true, ruleSet: after };
  });
}

/** Nothing when the set stands so already. */
function columnsAfter(action: Change['action'], before: StoredRuleSet, actor: Actor): Partial<Row> {
  const { to } = ruleSetEdges[action];
  if (action === 'edit' || before.status === to) return {};
  if (action === 'shadow') {
    if (before.shadowSince !== null) return {};
    const status = before.status === 'draft' ? 'shadow' : before.status;
    return { status, shadow_since: new Date() };
  }
  return {
    ...(to === null ? {} : { status: to }),
    ...(action === 'approve' ? { approved_by: actor.id } : {}),
    ...(action === 'retire' ? { shadow_since: null } : {}),
  };
}

export async function updateRuleSet(
  trx: Queryable,
  id: string,
  set: Partial<Row>,
): Promise<StoredRuleSet> {
  const [row] = await trx<Row>('fraud_ruleset')
    .where({ id })
    .update({
      ...set,
      version: trx.raw('version + 1') as unknown as number,
      updated_at: trx.raw('statement_timestamp()') as unknown as Date,
    })
    .returning<Row[]>('*');
  if (row === undefined) throw new Error(`rule set ${id} vanished under its lock`);
  return storedOf(row);
}

/** What stands in the record: everything but the text, which its hash names. */
function recorded({ name, hash, status, approvedBy, shadowSince }: StoredRuleSet) {
  return { name, hash, status, approved_by: approvedBy, shadow_since: shadowSince };
}

/** Writes down who did what to a set, and keeps the text behind its hash. */
export async function recordStep(
  trx: Queryable,
  step: {
    action: string;
    before: StoredRuleSet | null;
    after: StoredRuleSet;
    actor: Actor;
    reason?: string | undefined;
  },
): Promise<void> {
  const { action, before, after, actor, reason = null } = step;
  await keepRuleSetText(trx, after);
  await recordChange(trx, {
    ...{ object: 'ruleset', objectId: after.id, version: after.version },
    ...{ from: before?.status ?? null, to: after.status },
    ...{ actor: actor.id ?? 'system', role: actor.role, requestId: actor.requestId, reason },
    details: { action, before: before === null ? null : recorded(before), after: recorded(after) },
  });
}
