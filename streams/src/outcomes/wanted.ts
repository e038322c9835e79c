import { features, type OutcomeKind } from '@wallet/core-ledger';

/**
 * Whether outcomes of this kind are counted. Captures come with every payment: only for rules that
 * read them. All others are rare, and counted for rules that are yet to be written.
 * @param read features that the rules in force read, by index
 */
export function isCounted(kind: OutcomeKind, read: readonly number[]): boolean {
  return kind !== 'captured' || read.some((index) => isOf(features[index], kind));
}

function isOf(feature: (typeof features)[number] | undefined, kind: OutcomeKind): boolean {
  return feature?.family === 'outcomes' && feature.kind === kind;
}
