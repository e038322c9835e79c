import {
  findMerchantSettings,
  longestClearingSeconds,
  putMerchantSettings,
  type Database,
  type MerchantSettings,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import { orderOf } from '../wallets/control-routes.ts';

export type MerchantDependencies = { db: Database; findWallet: FindWallet };

const settingsFields = {
  mode: z.enum(['gross_immediate', 'net_deferred']),
  clearing_seconds: z
    .int()
    .min(0)
    .max(longestClearingSeconds)
    .meta({ description: 'From the capture until money is available.', example: 86_400 }),
  minimum_minor: z
    .int()
    .min(0)
    .max(1_000_000_000_000_000)
    .meta({ description: 'Minor units; less is carried over.', example: 1_000 }),
  destination: fields
    .text(64)
    .nullable()
    .meta({ description: 'Where the money goes: an opaque reference.', example: 'bank-7' }),
};

const settingsSchema = z
  .strictObject({ wallet_id: fields.id(), ...settingsFields })
  .meta({ id: 'SettlementSettings' });

const settingsRequest = z
  .strictObject({
    ...settingsFields,
    minimum_minor: settingsFields.minimum_minor.default(0),
    destination: settingsFields.destination.default(null),
  })
  .meta({ id: 'SettlementSettingsRequest' });

const operation = {
  path: '/merchants/{id}/settlement-settings',
  tag: 'settlements',
  idempotent: false,
  params: z.object({ id: fields.id() }),
  responses: { 200: { description: 'The settings as they are now.', schema: settingsSchema } },
  errors: ['wallet_not_found'],
} as const;

/** When a merchant's money clears, and how it is settled. The id is that of the wallet. */
export function merchantRoutes(route: Route, { db, findWallet }: MerchantDependencies): void {
  route({
    ...{ ...operation, method: 'get', scope: 'settlement-settings:read' },
    summary: 'See how a merchant is settled',
    handler: async ({ caller, params }) => {
      const wallet = await findWallet(params.id.toLowerCase());
      const maySee = caller.role === 'operator' || wallet?.ownerId === caller.userId;
      if (wallet === undefined || !maySee) return refuse('wallet_not_found');
      const settings = await findMerchantSettings(db.knex, wallet.walletId);
      if (settings === null) return refuse('wallet_not_found');
      return { status: 200, body: shownSettings(wallet.walletId, settings) };
    },
  });
  route({
    ...{ ...operation, method: 'put', scope: 'settlement-settings:write' },
    summary: 'Set how a merchant is settled',
    description:
      'All of it; what was before stays in the history of the wallet. A shorter clearing time ' +
      'counts for what is pending, too.',
    body: settingsRequest,
    handler: async (call) => {
      const { mode, clearing_seconds: clearingSeconds, destination } = call.body;
      const settings = { mode, clearingSeconds, destination };
      const minimumMinor = BigInt(call.body.minimum_minor);
      const order = orderOf(call, call.params.id, 'settlement settings');
      const done = await putMerchantSettings(db.knex, order, { ...settings, minimumMinor });
      if (!done) return refuse('wallet_not_found');
      return { status: 200, body: shownSettings(order.walletId, { ...settings, minimumMinor }) };
    },
  });
}

function shownSettings(
  walletId: string,
  settings: MerchantSettings,
): z.output<typeof settingsSchema> {
  return {
    wallet_id: walletId,
    mode: settings.mode,
    clearing_seconds: settings.clearingSeconds,
    minimum_minor: Number(settings.minimumMinor),
    destination: settings.destination,
  };
}
