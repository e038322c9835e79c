import {
  backtestStatuses,
  type Backtest,
  type BacktestReport,
  type Difference,
  type Measure,
  type RuleReport,
  type SetReport,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

/** How backtests are shown. */

const outcome = () => z.enum(['approve', 'review', 'block']);
const label = () =>
  z.enum(['fraud', 'good', 'immature', 'unknown']).meta({
    description:
      'What is known of the payment: immature is too young to say, unknown was never captured or ' +
      'is still disputed.',
  });
const count = () => z.int().min(0).meta({ example: 1_250 });
const share = () =>
  z.number().min(0).max(1).nullable().meta({
    description: 'Of payments with a mature label; null without any.',
    example: 0.62,
  });

const measureSchema = z
  .strictObject({
    payments: count(),
    amounts: z
      .array(z.strictObject({ currency: fields.shownCurrency(), amount_minor: count() }))
      .max(200)
      .meta({ description: 'Their sums.' }),
  })
  .meta({ id: 'BacktestMeasure' });

const ruleSchema = z
  .strictObject({
    rule: fields.text(64).meta({ example: 'large payment' }),
    action: z.enum(['hard_block', 'allow', 'block', 'review', 'score']),
    hits: measureSchema,
    alone: count().meta({ description: 'Hits where no other rule of the set matched.' }),
    also_stopped: count().meta({ description: 'Hits that the other set stopped as well.' }),
    not_evaluated: count().meta({ description: 'For want of an input.' }),
    fraud: measureSchema,
    good: measureSchema,
    ...{ precision: share(), recall: share() },
  })
  .meta({ id: 'BacktestRule' });

const setSchema = z
  .strictObject({
    hash: fields.text(64).meta({ example: 'a3'.repeat(32) }),
    outcomes: z
      .array(z.strictObject({ outcome: outcome(), label: label(), measure: measureSchema }))
      .max(12),
    ...{ precision: share(), recall: share() },
    fraud_stopped: measureSchema,
    good_declined: measureSchema,
    reviews_per_day: z.number().min(0).meta({ example: 12.5 }),
    rules: z.array(ruleSchema).max(200),
    overlaps: z
      .array(
        z.strictObject({
          rules: z.array(fields.text(64)).max(2),
          payments: count(),
        }),
      )
      .max(100)
      .meta({ description: 'Pairs of rules that match on the same payments.' }),
  })
  .meta({ id: 'BacktestSet' });

const reportSchema = z
  .strictObject({
    payments: measureSchema,
    labels: z.array(z.strictObject({ label: label(), measure: measureSchema })).max(4),
    champion: setSchema,
    candidate: setSchema,
    agreement: z
      .array(z.strictObject({ champion: outcome(), candidate: outcome(), measure: measureSchema }))
      .max(9),
    differences: count().meta({ description: 'Payments to which the sets say different things.' }),
    differences_listed: count(),
    unreadable: count().meta({ description: 'Records of the log that could not be read.' }),
    counters_forgotten: count().meta({ description: '0 when every counter is exact.' }),
  })
  .meta({ id: 'BacktestReport' });

export const backtestSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('backtest'),
    status: z.enum(backtestStatuses),
    ruleset_id: fields.id().nullable().meta({ description: 'null: a file of the command line.' }),
    compared_to: fields.id().nullable(),
    ...{ from: fields.time(), to: fields.time() },
    maturity_days: z.int().min(0).max(365).meta({ example: 7 }),
    progress: z
      .strictObject({ passed: count(), all: count().nullable() })
      .meta({ description: 'Records of the log, those before `from` included.' }),
    failure: fields.text(2_000).nullable(),
    ...{ created_at: fields.time(), updated_at: fields.time() },
    ...{ started_at: fields.time().nullable(), finished_at: fields.time().nullable() },
    report: reportSchema.nullable(),
  })
  .meta({ id: 'Backtest' });

/** The same for lists of them: without the report. */
export const backtestRowSchema = backtestSchema.omit({ report: true }).meta({ id: 'BacktestRow' });

export const differenceSchema = z
  .strictObject({
    payment_id: fields.id(),
    accepted_at: fields.time(),
    amount_minor: fields.shownAmount(),
    currency: fields.shownCurrency(),
    label: label(),
    champion: z.strictObject({ outcome: outcome(), score: z.int() }),
    candidate: z.strictObject({ outcome: outcome(), score: z.int() }),
  })
  .meta({ id: 'BacktestDifference' });

export function shownRow(backtest: Backtest): z.output<typeof backtestRowSchema> {
  const { id, status, candidate, champion, from, to, maturityDays } = backtest;
  return {
    ...{ id, object: 'backtest', status, ruleset_id: candidate.id, compared_to: champion.id },
    ...{ from: from.toISOString(), to: to.toISOString(), maturity_days: maturityDays },
    ...{ progress: backtest.progress, failure: backtest.failure },
    created_at: backtest.createdAt.toISOString(),
    updated_at: backtest.updatedAt.toISOString(),
    started_at: backtest.startedAt?.toISOString() ?? null,
    finished_at: backtest.finishedAt?.toISOString() ?? null,
  };
}

export function shownBacktest(backtest: Backtest): z.output<typeof backtestSchema> {
  const { report } = backtest;
  return { ...shownRow(backtest), report: report === null ? null : shownReport(report) };
}

export function shownDifference(difference: Difference): z.output<typeof differenceSchema> {
  const { paymentId, acceptedAt, amountMinor, currency, label: known } = difference;
  const { champion, candidate } = difference;
  return {
    ...{ payment_id: paymentId, accepted_at: acceptedAt.toISOString(), label: known },
    ...{ amount_minor: Number(amountMinor), currency, champion, candidate },
  };
}

function shownReport(report: BacktestReport): z.output<typeof reportSchema> {
  return {
    payments: shownMeasure(report.payments),
    labels: rowsOf(report.byLabel).map(([name, measure]) => ({ label: name, measure })),
    ...{ champion: shownSet(report.champion), candidate: shownSet(report.candidate) },
    agreement: Object.entries(report.agreement).flatMap(([champion, row]) =>
      rowsOf(row).map(([candidate, measure]) => ({
        ...{ champion: champion as keyof BacktestReport['agreement'], candidate, measure },
      })),
    ),
    ...{ differences: report.differences, differences_listed: report.differencesListed },
    ...{ unreadable: report.unreadable, counters_forgotten: report.countersForgotten },
  };
}

function shownSet(set: SetReport): z.output<typeof setSchema> {
  return {
    ...{ hash: set.hash, precision: set.precision, recall: set.recall },
    outcomes: Object.entries(set.byOutcome).flatMap(([name, row]) =>
      rowsOf(row).map(([of, measure]) => ({
        ...{ outcome: name as keyof SetReport['byOutcome'], label: of, measure },
      })),
    ),
    fraud_stopped: shownMeasure(set.fraudStopped),
    good_declined: shownMeasure(set.goodDeclined),
    reviews_per_day: set.reviewsPerDay,
    rules: set.rules.map(shownRule),
    overlaps: [...set.overlaps],
  };
}

function shownRule(rule: RuleReport): z.output<typeof ruleSchema> {
  return {
    ...{ rule: rule.rule, action: rule.action, hits: shownMeasure(rule.hits), alone: rule.alone },
    ...{ also_stopped: rule.alsoStopped, not_evaluated: rule.notEvaluated },
    ...{ fraud: shownMeasure(rule.byLabel.fraud), good: shownMeasure(rule.byLabel.good) },
    ...{ precision: rule.precision, recall: rule.recall },
  };
}

function shownMeasure({ payments, amountMinor }: Measure): z.output<typeof measureSchema> {
  const amounts = Object.entries(amountMinor).map(([currency, amount]) => ({
    ...{ currency, amount_minor: amount },
  }));
  return { payments, amounts };
}

/** Rows that have any payment. */
function rowsOf<Key extends string>(record: Readonly<Record<Key, Measure>>) {
  return (Object.entries(record) as [Key, Measure][])
    .filter(([, { payments }]) => payments > 0)
    .map(([key, measure]) => [key, shownMeasure(measure)] as const);
}
