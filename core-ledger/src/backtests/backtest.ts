import type { Action, Outcome } from '../fraud/facts.ts';

/** A trial of a rule set on past payments, beside another one: a job. */

export const backtestStatuses = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type BacktestStatus = (typeof backtestStatuses)[number];

/** A set as the job keeps it: later changes of drafts do not reach it. */
export type BacktestSet = {
  /** Null when the text did not come from a stored rule set. */
  readonly id: string | null;
  readonly hash: string;
  readonly rules: string;
};

/** Of a set in force for a part of the payments: it decides `percent`, `rest` the others. */
export type Rollout = { readonly percent: number; readonly rest: BacktestSet };

export type Backtest = {
  readonly id: string;
  readonly status: BacktestStatus;
  readonly requestedBy: string | null;
  /** The set on trial, and the one it is held against. */
  readonly candidate: BacktestSet;
  readonly champion: BacktestSet;
  /** Null when the champion stands for all payments. */
  readonly rollout: Rollout | null;
  /** Payments accepted from `from` on and before `to`. */
  readonly from: Date;
  readonly to: Date;
  /** After so many days without a complaint a payment counts as good. */
  readonly maturityDays: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Records of the log, warming up included; `all` is null before it has started. */
  readonly progress: { readonly passed: number; readonly all: number | null };
  readonly failure: string | null;
  readonly report: BacktestReport | null;
};

/**
 * What is known of a payment when the job starts. `immature`: nobody has complained yet, and it is
 * too young to say; `unknown`: it was not made or is still disputed, so nobody will ever learn, or
 * not yet.
 */
export const labels = ['fraud', 'good', 'immature', 'unknown'] as const;
export type Label = (typeof labels)[number];

/** Payments and their amounts in minor units, by currency. Exact up to 2^53 of each. */
export type Measure = { payments: number; amountMinor: Record<string, number> };

export type RuleReport = {
  readonly rule: string;
  readonly action: Action;
  readonly hits: Measure;
  /** Hits of payments on which no other rule of the set matched. */
  readonly alone: number;
  /** Hits of payments that the other set stopped as well. */
  readonly alsoStopped: number;
  /** For want of an input. */
  readonly notEvaluated: number;
  readonly byLabel: Readonly<Record<Label, Measure>>;
  /** Of mature labels; null without any. */
  readonly precision: number | null;
  readonly recall: number | null;
};

export type SetReport = {
  readonly hash: string;
  readonly byOutcome: Readonly<Record<Outcome, Readonly<Record<Label, Measure>>>>;
  /** Of payments sent to review or blocked, on mature labels; null without any. */
  readonly precision: number | null;
  readonly recall: number | null;
  /** Payments found fraudulent that it sends to review or blocks. */
  readonly fraudStopped: Measure;
  /** Good payments that it blocks outright. */
  readonly goodDeclined: Measure;
  readonly reviewsPerDay: number;
  readonly rules: readonly RuleReport[];
  /** Pairs of rules that match on the same payments, most frequent first. */
  readonly overlaps: readonly { readonly rules: [string, string]; readonly payments: number }[];
};

export type BacktestReport = {
  readonly payments: Measure;
  readonly byLabel: Readonly<Record<Label, Measure>>;
  readonly champion: SetReport;
  readonly candidate: SetReport;
  /** What the champion says → what the candidate says. */
  readonly agreement: Readonly<Record<Outcome, Readonly<Record<Outcome, Measure>>>>;
  readonly differences: number;
  /** Of them listed; beyond it only counted. */
  readonly differencesListed: number;
  /** Records of intents or events that could not be read. */
  readonly unreadable: number;
  /** Entities whose counters were given up for want of memory: 0 when windows are exact. */
  readonly countersForgotten: number;
};

export type Difference = {
  readonly paymentId: string;
  readonly acceptedAt: Date;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly label: Label;
  readonly champion: { readonly outcome: Outcome; readonly score: number };
  readonly candidate: { readonly outcome: Outcome; readonly score: number };
};
