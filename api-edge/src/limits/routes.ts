import { listTiers, putTier, type Database, type KycTier } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';

export type LimitDependencies = { db: Database };

/** Of a tier: 0 allows nothing, null anything. */
const limit = () =>
  z
    .int()
    .min(0)
    .max(1_000_000_000_000_000)
    .nullable()
    .meta({ description: 'Minor units; null is no limit.', example: 100_000 });

const tierSchema = z
  .strictObject({
    name: fields.word('basic'),
    currency: fields.currency(),
    per_transaction_minor: limit(),
    per_day_minor: limit(),
    per_month_minor: limit(),
    maximum_balance_minor: limit(),
  })
  .meta({ id: 'KycTier' });

/** More tiers than this nobody can tell apart. */
const mostTiers = 1_000;
const tierList = z
  .strictObject({ data: z.array(tierSchema).max(mostTiers) })
  .meta({ id: 'KycTierList' });

const operation = { tag: 'limits', scope: 'wallets:control', idempotent: false } as const;

/** What the tiers of KYC allow, per currency. */
export function limitRoutes(route: Route, { db }: LimitDependencies): void {
  route({
    ...{ ...operation, method: 'get', path: '/kyc-tiers' },
    summary: 'List the tiers and what they allow',
    responses: { 200: { description: 'All of them.', schema: tierList } },
    errors: [],
    handler: async () => {
      const tiers = await listTiers(db.knex);
      return { status: 200, body: { data: tiers.slice(0, mostTiers).map(shownTier) } };
    },
  });
  route({
    ...{ ...operation, method: 'put', path: '/kyc-tiers' },
    summary: 'Describe a tier in a currency, or change what it allows',
    description: 'Days and months are those of UTC. What is held counts as paid.',
    body: tierSchema,
    responses: { 200: { description: 'The tier.', schema: tierSchema } },
    errors: ['unsupported_currency'],
    handler: async ({ body }) => {
      await putTier(db.knex, {
        ...{ name: body.name, currency: body.currency },
        perTransactionMinor: minorOf(body.per_transaction_minor),
        perDayMinor: minorOf(body.per_day_minor),
        perMonthMinor: minorOf(body.per_month_minor),
        maximumBalanceMinor: minorOf(body.maximum_balance_minor),
      });
      return { status: 200, body };
    },
  });
}

function shownTier(tier: KycTier) {
  return {
    name: tier.name,
    currency: tier.currency,
    per_transaction_minor: numberOf(tier.perTransactionMinor),
    per_day_minor: numberOf(tier.perDayMinor),
    per_month_minor: numberOf(tier.perMonthMinor),
    maximum_balance_minor: numberOf(tier.maximumBalanceMinor),
  };
}

function minorOf(amount: number | null): bigint | null {
  return amount === null ? null : BigInt(amount);
}

function numberOf(minor: bigint | null): number | null {
  return minor === null ? null : Number(minor);
}
