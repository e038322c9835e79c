export const ruleSetStatuses = [
  'draft',
  'shadow',
  'submitted',
  'approved',
  'live',
  'retired',
] as const;
export type RuleSetStatus = (typeof ruleSetStatuses)[number];

/** What a person does to a rule set. A draft that is saved has been checked: there is no step. */
export type RuleSetAction = 'edit' | 'shadow' | 'submit' | 'approve' | 'publish' | 'retire';

/**
 * The state table: from where each action may start and where it leads; null stays where it is. An
 * action that has been done already is no fault: it changes nothing.
 * A set that was replaced is `retired` by the publication of the other, and a roll back makes it
 * `live` again: nobody asks for those two by name.
 */
export const ruleSetEdges: Readonly<
  Record<RuleSetAction, { from: readonly RuleSetStatus[]; to: RuleSetStatus | null }>
> = {
  edit: { from: ['draft'], to: null },
  shadow: { from: ['draft', 'shadow', 'submitted', 'approved'], to: null },
  submit: { from: ['draft', 'shadow', 'submitted'], to: 'submitted' },
  approve: { from: ['submitted', 'approved'], to: 'approved' },
  publish: { from: ['approved', 'live'], to: 'live' },
  retire: { from: ['draft', 'shadow', 'submitted', 'approved', 'retired'], to: 'retired' },
};

/** A rule set as it is stored; its rules are read from its text. */
export type StoredRuleSet = {
  readonly id: string;
  /** Rises by one with each change. */
  readonly version: number;
  readonly name: string;
  readonly rules: string;
  readonly hash: string;
  readonly status: RuleSetStatus;
  readonly basedOn: string | null;
  /** Null: a program of ours. */
  readonly authorId: string | null;
  readonly approvedBy: string | null;
  /** Since when it runs beside the live set. */
  readonly shadowSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What must be known of a set on its own hash before it may decide about money. */
export type Evidence = {
  /** Payments that it was tried on beside the live set. */
  readonly shadowPayments: number;
  /** Has a backtest of it run to its end? */
  readonly backtested: boolean;
};

/** The least of each; null asks for none. */
export type EvidenceGate = { readonly shadowPayments: number; readonly backtest: boolean } | null;
