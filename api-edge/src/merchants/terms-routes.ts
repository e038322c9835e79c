import {
  findMerchantTerms,
  putMerchantTerms,
  shownTerms,
  termsBounds,
  type MerchantTerms,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';
import { orderOf } from '../wallets/control-routes.ts';
import type { MerchantDependencies } from './routes.ts';

const upTo = (maximum: number, description: string, example: number) =>
  z.int().min(0).max(maximum).meta({ description, example });

const termsFields = {
  fee_fixed_minor: upTo(termsBounds.feeFixedMinor, 'Of each payment, in minor units.', 10),
  fee_basis_points: upTo(
    ...([termsBounds.feeBasisPoints, 'And so many hundredths of a per cent of it.', 100] as const),
  ),
  refund_fee: z.enum(['kept', 'proportional']).meta({
    description: 'Who has the fee of what is refunded: the platform, or the merchant its share.',
    example: 'kept',
  }),
  dispute_fee_minor: upTo(
    termsBounds.disputeFeeMinor,
    'Of each chargeback, in minor units; given back when it is won or withdrawn.',
    1_500,
  ),
  provisional_up_to_minor: upTo(
    termsBounds.provisionalUpToMinor,
    'Up to here, who says he was robbed has the money while the chargeback runs. 0: never.',
    50_000,
  ),
  second_person_above_minor: upTo(
    termsBounds.secondPersonAboveMinor,
    'Decisions of disputes about more take two people; it may be less than usual, never more.',
    50_000,
  ),
};

const termsSchema = z
  .strictObject({ wallet_id: fields.id(), ...termsFields })
  .meta({ id: 'MerchantTerms' });

const termsRequest = z
  .strictObject({
    ...termsFields,
    reason: fields.text(500).meta({ description: 'Kept in the history of the wallet.' }),
  })
  .meta({ id: 'MerchantTermsRequest' });

const operation = {
  path: '/merchants/{id}/terms',
  tag: 'settlements',
  idempotent: false,
  params: z.object({ id: fields.id() }),
  responses: { 200: { description: 'The terms as they are now.', schema: termsSchema } },
  errors: ['wallet_not_found'],
} as const;

/** What was agreed with a merchant about fees, refunds, disputes. The id is that of the wallet. */
export function merchantTermsRoutes(route: Route, { db, findWallet }: MerchantDependencies): void {
  route({
    ...{ ...operation, method: 'get', scope: 'merchant-terms:read' },
    summary: 'See the terms of a merchant',
    handler: async ({ caller, params }) => {
      const wallet = await findWallet(params.id.toLowerCase());
      const maySee = caller.role === 'operator' || wallet?.ownerId === caller.userId;
      if (wallet === undefined || !maySee) return refuse('wallet_not_found');
      const terms = await findMerchantTerms(db.knex, wallet.walletId);
      if (terms === null) return refuse('wallet_not_found');
      return { status: 200, body: { wallet_id: wallet.walletId, ...shownTerms(terms) } };
    },
  });
  route({
    ...{ ...operation, method: 'put', scope: 'merchant-terms:write' },
    summary: 'Agree on the terms of a merchant',
    description:
      'All of them; what was before stays in the history of the wallet. They count for what is ' +
      'decided from now on: fees that were paid stay paid, and a chargeback keeps its fee.',
    body: termsRequest,
    handler: async (call) => {
      const order = orderOf(call, call.params.id, call.body.reason);
      const terms = termsOf(call.body);
      if (!(await putMerchantTerms(db.knex, order, terms))) return refuse('wallet_not_found');
      return { status: 200, body: { wallet_id: order.walletId, ...shownTerms(terms) } };
    },
  });
}

function termsOf(body: z.output<typeof termsRequest>): MerchantTerms {
  return {
    fee: {
      fixedMinor: BigInt(body.fee_fixed_minor),
      basisPoints: BigInt(body.fee_basis_points),
    },
    refundFee: body.refund_fee,
    disputeFeeMinor: BigInt(body.dispute_fee_minor),
    provisionalUpToMinor: BigInt(body.provisional_up_to_minor),
    secondPersonAboveMinor: BigInt(body.second_person_above_minor),
  };
}
