import { ruleSetEdges } from './ruleset.ts';
import type { Evidence, EvidenceGate, RuleSetAction, RuleSetStatus } from './ruleset.ts';

export type RuleSetRefusal =
  | 'no_such_ruleset'
  /** It is broken: its text cannot be used by the engine that runs now. */
  | 'invalid_rules'
  | 'wrong_status'
  | 'not_the_author'
  | 'same_person'
  | 'approval_required'
  | 'evidence_required'
  | 'rollout_under_way'
  | 'nothing_to_roll_back';

/** What a guard looks at. */
export type RuleSetFacts = {
  readonly status: RuleSetStatus;
  readonly authorId: string | null;
};

/** Publishing also looks at what is in force. */
export type PublishFacts = {
  readonly id: string;
  readonly percent: number;
  /** The newest publication; null before the first. */
  readonly inForce: { readonly rulesetId: string; readonly percent: number } | null;
  readonly evidence: Evidence;
  readonly gate: EvidenceGate;
};

/** May this person do this to the set now? Null: yes. Four eyes stand before everything else. */
export function refuseAction(
  action: Exclude<RuleSetAction, 'publish'>,
  { status, authorId }: RuleSetFacts,
  actorId: string | null,
): RuleSetRefusal | null {
  if (action === 'approve' && actorId === authorId) return 'same_person';
  if ((action === 'edit' || action === 'submit') && actorId !== authorId) return 'not_the_author';
  if (!ruleSetEdges[action].from.includes(status)) return 'wrong_status';
  return null;
}

/**
 * May the set decide `percent` of the payments? A set that is live may only widen or narrow its
 * own rollout; while one is under way no other begins: it would not be clear what is measured.
 */
export function refusePublish(
  { status }: RuleSetFacts,
  facts: PublishFacts,
): RuleSetRefusal | null {
  const { id, inForce, evidence, gate } = facts;
  if (status === 'draft' || status === 'shadow' || status === 'submitted')
    return 'approval_required';
  if (!ruleSetEdges.publish.from.includes(status)) return 'wrong_status';
  const rolling = inForce !== null && inForce.percent < 100;
  if (rolling && inForce.rulesetId !== id) return 'rollout_under_way';
  // It is whole and in force: publishing it again changes nothing, narrowing it has no meaning.
  if (status === 'live' && !rolling && facts.percent < 100) return 'wrong_status';
  if (gate === null) return null;
  if (evidence.shadowPayments < gate.shadowPayments) return 'evidence_required';
  if (gate.backtest && !evidence.backtested) return 'evidence_required';
  return null;
}
