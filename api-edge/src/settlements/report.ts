import { inTransitOf, type SettlementView } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import { reportFields, shownReport } from './settlement.ts';

export const reportTypes = ['application/json', 'text/csv'] as const;

/** The report of a batch; minor units. */
export const reportSchema = z
  .strictObject({
    settlement_id: fields.id(),
    merchant_wallet_id: fields.id(),
    currency: fields.shownCurrency(),
    ...reportFields,
    carried_in_minor: fields.shownAmount(),
    carried_out_minor: fields.shownAmount(),
    settled_minor: fields.shownAmount().meta({ description: 'Of the net, what the bank has.' }),
    returned_minor: fields.shownAmount().meta({ description: 'Of the net, what came back.' }),
    in_transit_minor: fields.shownAmount().meta({
      description: 'Of the net, what was sent and not answered: net − settled − returned.',
    }),
    item_count: z.int().min(0),
  })
  .meta({ id: 'SettlementReport' });

export function shownWholeReport(view: SettlementView): z.output<typeof reportSchema> {
  return {
    ...{ settlement_id: view.id, merchant_wallet_id: view.walletId, currency: view.currency },
    ...shownReport(view),
    carried_in_minor: Number(view.carriedInMinor),
    carried_out_minor: Number(view.carriedOutMinor),
    settled_minor: Number(view.confirmedMinor),
    returned_minor: Number(view.returnedMinor),
    in_transit_minor: Number(inTransitOf(view)),
    item_count: view.itemCount,
  };
}

/** The same as two lines; none of its values needs quotes. */
export function csvOf(view: SettlementView): string {
  const report = shownWholeReport(view);
  return `${Object.keys(report).join(',')}\r\n${Object.values(report).join(',')}\r\n`;
}
