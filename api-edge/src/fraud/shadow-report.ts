import type { ShadowReport, StoredRuleSet } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

const outcome = () => z.enum(['approve', 'review', 'block']);
const counted = {
  currency: fields.shownCurrency(),
  amount_minor: z.int().meta({ description: 'Their sum, minor units.', example: 125_000 }),
};

/** What a set in shadow has said so far, beside the live set. */
export const shadowReportSchema = z
  .strictObject({
    ruleset_id: fields.id(),
    since: fields.time().nullable().meta({ description: 'null: it is not tried now.' }),
    payments: z.int().min(0).meta({ description: 'It was tried on.' }),
    skipped: z.int().min(0).meta({ description: 'Left out, because trying is bounded.' }),
    agreeing: z.int().min(0).meta({ description: 'Both came to the same outcome.' }),
    agreement: z
      .array(
        z.strictObject({
          live: outcome(),
          shadow: outcome(),
          payments: z.int().min(1),
          ...counted,
        }),
      )
      .max(2_000)
      .meta({ description: 'The matrix: payments by both outcomes.' }),
    rules: z
      .array(
        z.strictObject({
          rule: fields.text(64).meta({ example: 'large payment' }),
          live: outcome().meta({ description: 'What became of the payments.' }),
          hits: z.int().min(1),
          ...counted,
        }),
      )
      .max(20_000),
  })
  .meta({ id: 'ShadowReport' });

export function shownShadowReport(
  { id, shadowSince }: StoredRuleSet,
  report: ShadowReport,
): z.output<typeof shadowReportSchema> {
  const { payments, skipped, agreement, rules } = report;
  const same = agreement.filter((row) => row.live === row.shadow);
  return {
    ...{ ruleset_id: id, since: shadowSince?.toISOString() ?? null, payments, skipped },
    agreeing: same.reduce((total, row) => total + row.payments, 0),
    agreement: agreement.map(({ amountMinor, ...row }) => ({
      ...row,
      amount_minor: Number(amountMinor),
    })),
    rules: rules.map(({ amountMinor, ...row }) => ({ ...row, amount_minor: Number(amountMinor) })),
  };
}
