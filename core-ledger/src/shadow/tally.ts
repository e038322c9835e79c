import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { Outcome } from '../fraud/facts.ts';

/** One payment as a set in shadow saw it. */
export type ShadowVerdict = {
  readonly rulesetId: string;
  readonly hash: string;
  readonly live: Outcome;
  /** `skipped`: it was not tried. */
  readonly shadow: Outcome | 'skipped';
  readonly currency: string;
  readonly amountMinor: bigint;
  /** Rules that matched. */
  readonly rules: readonly string[];
};

/** Sums up a batch in memory, for two statements whatever its size. */
export type ShadowTally = {
  reset(): void;
  add(verdict: ShadowVerdict): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

type Sum = { verdict: ShadowVerdict; rule: string; count: bigint; amountMinor: bigint };

export function createShadowTally(): ShadowTally {
  const { payments, hits } = tallyStatements();
  const sums = new Map<string, Sum>();
  const count = (verdict: ShadowVerdict, rule: string): void => {
    const { rulesetId, hash, live, shadow, currency, amountMinor } = verdict;
    const key = [rulesetId, hash, live, shadow, currency, rule].join('\n');
    const sum = sums.get(key) ?? { verdict, rule, count: 0n, amountMinor: 0n };
    sum.count += 1n;
    sum.amountMinor += amountMinor;
    sums.set(key, sum);
  };
  return {
    reset: () => sums.clear(),
    add(verdict) {
      count(verdict, '');
      // By rule the live outcome counts; what the set as a whole said stands in the other table.
      for (const rule of verdict.rules) count({ ...verdict, shadow: 'approve' }, rule);
    },
    statements() {
      payments.reset();
      hits.reset();
      for (const sum of sums.values()) (sum.rule === '' ? addPayments : addHits)(sum);
      return [payments, hits].flatMap((batch) => (batch.count() > 0 ? [batch.statement()] : []));
    },
  };

  function addPayments({ verdict, count: number, amountMinor }: Sum): void {
    const { columns } = payments;
    columns.ruleset_id.add(verdict.rulesetId);
    columns.hash.add(verdict.hash);
    columns.currency.add(verdict.currency);
    columns.live.add(verdict.live);
    columns.shadow.add(verdict.shadow);
    columns.payments.add(number);
    columns.amount_minor.add(amountMinor);
  }

  function addHits({ verdict, rule, count: number, amountMinor }: Sum): void {
    const { columns } = hits;
    columns.ruleset_id.add(verdict.rulesetId);
    columns.hash.add(verdict.hash);
    columns.currency.add(verdict.currency);
    columns.live.add(verdict.live);
    columns.rule.add(rule);
    columns.hits.add(number);
    columns.amount_minor.add(amountMinor);
  }
}

function tallyStatements() {
  const payments = createBatchStatement({
    name: 'add_shadow_tally',
    text: `insert into fraud_shadow_tally as t
        (ruleset_id, hash, currency, live, shadow, payments, amount_minor)
      select * from $rows on conflict (ruleset_id, hash, currency, live, shadow) do update
        set payments = t.payments + excluded.payments,
          amount_minor = t.amount_minor + excluded.amount_minor`,
    columns: {
      ...{ ruleset_id: 'uuid', hash: 'text', currency: 'text', live: 'text', shadow: 'text' },
      ...{ payments: 'int8', amount_minor: 'int8' },
    },
  });
  const hits = createBatchStatement({
    name: 'add_shadow_rule',
    text: `insert into fraud_shadow_rule as t
        (ruleset_id, hash, currency, live, rule, hits, amount_minor)
      select * from $rows on conflict (ruleset_id, hash, rule, currency, live) do update
        set hits = t.hits + excluded.hits, amount_minor = t.amount_minor + excluded.amount_minor`,
    columns: {
      ...{ ruleset_id: 'uuid', hash: 'text', currency: 'text', live: 'text', rule: 'text' },
      ...{ hits: 'int8', amount_minor: 'int8' },
    },
  });
  return { payments, hits };
}
