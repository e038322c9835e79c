import type { Queryable } from '../database/database.ts';
import type { Outcome } from '../fraud/facts.ts';

/** Payments that the live set and a set in shadow decided so. */
export type Agreement = {
  readonly live: Outcome;
  readonly shadow: Outcome;
  readonly currency: string;
  readonly payments: number;
  readonly amountMinor: bigint;
};

/** Matches of one rule, by what became of the payment. */
export type ShadowRule = {
  readonly rule: string;
  readonly live: Outcome;
  readonly currency: string;
  readonly hits: number;
  readonly amountMinor: bigint;
};

export type ShadowReport = {
  /** Payments it was tried on. */
  readonly payments: number;
  /** Payments left out because trying would have cost too much. */
  readonly skipped: number;
  readonly agreement: readonly Agreement[];
  readonly rules: readonly ShadowRule[];
};

/** What a set in shadow has said so far; nothing when it never was. */
export async function readShadowReport(db: Queryable, rulesetId: string): Promise<ShadowReport> {
  const tallies = await db.raw<{ rows: TallyRow[] }>(
    `select live, shadow, currency, sum(payments) as payments, sum(amount_minor) as amount_minor
     from fraud_shadow_tally where ruleset_id = ?
     group by live, shadow, currency order by live, shadow, currency`,
    [rulesetId],
  );
  const hits = await db.raw<{ rows: RuleRow[] }>(
    `select rule, live, currency, sum(hits) as hits, sum(amount_minor) as amount_minor
     from fraud_shadow_rule where ruleset_id = ?
     group by rule, live, currency order by rule, live, currency`,
    [rulesetId],
  );
  const tried = tallies.rows.flatMap(({ shadow, ...row }) =>
    shadow === 'skipped' ? [] : [{ ...row, shadow }],
  );
  const sum = (rows: readonly { payments: string }[]): number =>
    rows.reduce((total, { payments }) => total + Number(payments), 0);
  return {
    payments: sum(tried),
    skipped: sum(tallies.rows.filter(({ shadow }) => shadow === 'skipped')),
    agreement: tried.map(({ live, shadow, currency, payments, amount_minor }) => ({
      ...{ live, shadow, currency, payments: Number(payments) },
      amountMinor: BigInt(amount_minor),
    })),
    rules: hits.rows.map(({ rule, live, currency, hits: count, amount_minor }) => ({
      ...{ rule, live, currency, hits: Number(count), amountMinor: BigInt(amount_minor) },
    })),
  };
}

type TallyRow = {
  live: Outcome;
  shadow: Outcome | 'skipped';
  currency: string;
  payments: string;
  amount_minor: string;
};
type RuleRow = {
  rule: string;
  live: Outcome;
  currency: string;
  hits: string;
  amount_minor: string;
};
