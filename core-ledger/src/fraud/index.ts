export { catalogueVersion, entities, features, featuresPerEntity, windows } from './attributes.ts';
export type { EntityName } from './attributes.ts';
export { readDefaultRules } from './default-rules.ts';
export type { Lists, RuleSet, ScreenedPayment } from './facts.ts';
export { loadLists, putListEntries } from './lists.ts';
export { engineVersion, loadRuleSet } from './ruleset.ts';
