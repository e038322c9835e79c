import {
  findPublication,
  findRuleSet,
  loadRuleSet,
  ruleSetStatuses,
  type Queryable,
  type RuleSet,
  type RuleSetResult,
  type StoredRuleSet,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import { refuse, type ProblemCode, type Refusal } from '../problems.ts';

/** Fits into a body with what stands around it. */
const longestText = 60_000;

/** The text of a set; longer ones are refused by its own checks, with a place. */
export const rulesText = () =>
  z
    .string()
    .min(1)
    .max(longestText)
    .refine((text) => text.isWellFormed() && !text.includes('\0'))
    .meta({
      description: 'The sentences of the set, one rule each.',
      pattern: '^[^\\u0000]*$',
      example: 'review "large payment" when amount_minor >= 500000',
    });

const ruleSchema = z
  .strictObject({
    name: fields.text(64).meta({ example: 'large payment' }),
    action: z.enum(['hard_block', 'allow', 'block', 'review', 'score']),
    score: z.int().min(0).max(1_000),
    source: rulesText().meta({ description: 'The whole sentence.' }),
  })
  .meta({ id: 'FraudRule' });

const diagnosticSchema = z
  .strictObject({
    code: fields.word('list_without_entries'),
    detail: fields.text(500).meta({ example: 'The list "trusted" has no entries.' }),
  })
  .meta({ id: 'RuleSetDiagnostic' });

const person = () => fields.id().nullable().meta({ description: 'User id; null: the system.' });

/** A rule set as the contract shows it. */
export const ruleSetSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('ruleset'),
    name: fields.text(100).meta({ example: 'card testing, stricter' }),
    status: z.enum(ruleSetStatuses),
    hash: z
      .string()
      .max(64)
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'Of its meaning: layout and order do not change it.', example: hash() }),
    rules: z.array(ruleSchema).max(200),
    text: rulesText(),
    diagnostics: z
      .array(diagnosticSchema)
      .max(200)
      .meta({ description: 'What may be a mistake, though the set can be used.' }),
    based_on: fields.id().nullable(),
    author: person(),
    approved_by: person(),
    shadow_since: fields.time().nullable(),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'RuleSet' });

function hash(): string {
  return 'a3'.repeat(32);
}

/** The same for lists of them: without the texts. */
export const ruleSetRowSchema = ruleSetSchema
  .omit({ rules: true, text: true, diagnostics: true })
  .meta({ id: 'RuleSetRow' });

export const liveSchema = z
  .strictObject({
    id: fields.id(),
    hash: ruleSetSchema.shape.hash,
    published_at: fields.time(),
    published_by: person(),
    percent: z.int().min(1).max(100).meta({ description: 'Of the payments.', example: 100 }),
    rest: z
      .strictObject({ id: fields.id(), hash: ruleSetSchema.shape.hash })
      .nullable()
      .meta({ description: 'Decides the payments that the rollout leaves out.' }),
  })
  .meta({ id: 'LiveRuleSet' });

export function shownRow(stored: StoredRuleSet): z.output<typeof ruleSetRowSchema> {
  return {
    ...{ id: stored.id, object: 'ruleset', name: stored.name, status: stored.status },
    hash: hashOf(stored),
    ...{ based_on: stored.basedOn, author: stored.authorId, approved_by: stored.approvedBy },
    shadow_since: stored.shadowSince?.toISOString() ?? null,
    created_at: stored.createdAt.toISOString(),
    updated_at: stored.updatedAt.toISOString(),
  };
}

/** As the engine that runs now would write it on decisions. */
function hashOf(stored: StoredRuleSet): string {
  const loaded = loadRuleSet(stored.rules);
  return loaded.ok ? loaded.ruleSet.hash : stored.hash;
}

export async function shownRuleSet(
  db: Queryable,
  stored: StoredRuleSet,
): Promise<z.output<typeof ruleSetSchema>> {
  const loaded = loadRuleSet(stored.rules);
  return {
    ...shownRow(stored),
    text: stored.rules,
    rules: loaded.ok ? loaded.ruleSet.rules.map(shownRule) : [],
    diagnostics: loaded.ok ? await diagnose(db, loaded.ruleSet) : [outdated],
  };
}

type Diagnostic = z.output<typeof diagnosticSchema>;

const outdated: Diagnostic = {
  code: 'unusable',
  detail: 'The engine that runs now cannot use this text: draft it anew.',
};

function shownRule({ name, action, score, source }: RuleSet['rules'][number]) {
  return { name, action, score, source };
}

/** Lists that nobody has made or filled: a rule over them never matches, or always does. */
async function diagnose(db: Queryable, { lists }: RuleSet): Promise<Diagnostic[]> {
  const filled = await db<{ list: string }>('fraud_list_entry')
    .whereIn('list', [...lists])
    .distinct('list');
  const known = new Set(filled.map(({ list }) => list));
  return lists
    .filter((list) => !known.has(list))
    .map((list) => ({
      code: 'list_without_entries',
      detail: `The list "${list}" has no entries.`,
    }));
}

/** What is in force; null before the first publication. */
export async function shownLive(db: Queryable): Promise<z.output<typeof liveSchema> | null> {
  const publication = await findPublication(db);
  if (publication === null) return null;
  const { rulesetId, restId, percent, publishedAt, publishedBy } = publication;
  const live = await findRuleSet(db, rulesetId);
  const rest = restId === null ? null : await findRuleSet(db, restId);
  if (live === null) return null;
  return {
    ...{ id: live.id, hash: hashOf(live), published_at: publishedAt.toISOString() },
    ...{ published_by: publishedBy, percent },
    rest: rest === null ? null : { id: rest.id, hash: hashOf(rest) },
  };
}

type Refused = Extract<RuleSetResult, { ok: false }>;

const problemOf: Readonly<Record<Refused['reason'], ProblemCode>> = {
  no_such_ruleset: 'not_found',
  invalid_rules: 'invalid_rules',
  wrong_status: 'invalid_state',
  not_the_author: 'not_the_author',
  same_person: 'same_person',
  approval_required: 'approval_required',
  evidence_required: 'evidence_required',
  rollout_under_way: 'rollout_under_way',
  nothing_to_roll_back: 'nothing_to_roll_back',
};

/** An answer lists so many faults of a text; who mends those sees the others. */
const mostProblems = 50;

/** How the domain's refusal is told; faults of a text with their places. */
export function refuseRuleSet({ reason, problems = [] }: Refused): Refusal {
  const code = problemOf[reason];
  if (reason !== 'invalid_rules') return refuse(code);
  return refuse(code, {
    errors: problems.slice(0, mostProblems).map(({ code: problem, message, line, column }) => ({
      ...{ pointer: '/rules', code: 'invalid_rules' as const, detail: message },
      ...{ line, column, rule_problem: problem },
    })),
  });
}
