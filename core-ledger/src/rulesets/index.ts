export type { Actor } from './actor.ts';
export { readEvidence } from './evidence.ts';
export { readPublished, readRuleSetVersion } from './published.ts';
export type { Published, PublishedText } from './published.ts';
export { findPublication, publishFirst, publishRuleSet, rollBackRuleSet } from './publish.ts';
export { ruleSetStatuses } from './ruleset.ts';
export type { EvidenceGate, StoredRuleSet } from './ruleset.ts';
export {
  createDraft,
  editDraft,
  findRuleSet,
  keepRuleSetText,
  listRuleSets,
  moveRuleSet,
} from './store.ts';
export type { RuleSetResult } from './store.ts';
