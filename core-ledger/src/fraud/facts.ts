/** What rules may see of a payment. A `PaymentIntent` from the wire has this shape as it is. */
export type ScreenedPayment = {
  readonly payer_id: string;
  readonly payee_id: string;
  readonly payer_wallet_id: string;
  readonly payee_wallet_id: string;
  /** Minor units; the contract bounds it by 1e15, so that it is exact as a number. */
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly capture: string;
  readonly reference: string | null;
  /** When the edge accepted it, milliseconds since 1970: the only time counters know. */
  readonly accepted_at: number;
  readonly context: {
    readonly ip: string | null;
    readonly device_id: string | null;
    readonly card_bin: string | null;
    readonly card_fingerprint: string | null;
    readonly country: string | null;
  };
};

/** The values of every list by its name. A list without entries may be absent. */
export type Lists = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Everything one evaluation reads.
 * `features` is in catalogue order; `NaN` stands for "not fetched or not there", so that the hot
 * path needs neither boxes nor branches. `missing` is written by conditions: the name of the input
 * that kept the last one from being evaluated.
 */
export type Facts = {
  readonly payment: ScreenedPayment;
  readonly amountMinor: number;
  readonly features: Float64Array;
  readonly lists: Lists;
  missing: string;
};

export type Outcome = 'approve' | 'review' | 'block';

/** Verbs of a rule, in the order in which they win. `score` only adds. */
export const actions = ['hard_block', 'allow', 'block', 'review', 'score'] as const;
export type Action = (typeof actions)[number];

export const missingPolicies = ['skip', 'review', 'block'] as const;
export type MissingPolicy = (typeof missingPolicies)[number];

/** One rule's say about one payment; a rule that did not match is not listed. */
export type Finding = {
  rule: string;
  action: Action;
  result: 'match' | 'not_evaluated';
  /** The first input that was not there, when not evaluated. */
  missing: string | null;
};

/** The outcome of a rule set for one payment. */
export type Verdict = { outcome: Outcome; score: number; findings: Finding[] };

export type Settings = {
  version: string;
  /** Sum of matched scores from which a payment goes to review. */
  reviewAtScore: number;
  /** Sum of matched scores from which a payment is blocked; null: scores never block. */
  blockAtScore: number | null;
  /** Without velocity: approve below this amount, review from there. Minor units. */
  degradedReviewFromMinor: number;
  /** How long a batch waits for its counters. Milliseconds. */
  velocityDeadlineMs: number;
};

export type Rule = {
  name: string;
  action: Action;
  score: number;
  onMissing: MissingPolicy;
  /** The whole sentence as written. */
  source: string;
};

/** An immutable, hashed set of rules, ready to evaluate. */
export type RuleSet = {
  /** sha-256 of the canonical form: the order and layout of sentences do not change it. */
  readonly hash: string;
  readonly settings: Readonly<Settings>;
  readonly rules: readonly Rule[];
  /** Features of the catalogue that some rule reads, by index, ascending. */
  readonly features: readonly number[];
  /** Lists that some rule reads. */
  readonly lists: readonly string[];
  /** Pure and synchronous. `degraded`: counters are missing because they could not be read. */
  evaluate(facts: Facts, degraded: boolean): Verdict;
};

/** What is wrong with a rule set, and where. Lines and columns count from 1, in code points. */
export type RuleProblem = { code: string; message: string; line: number; column: number };

export type LoadResult = { ok: true; ruleSet: RuleSet } | { ok: false; problems: RuleProblem[] };
