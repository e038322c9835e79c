import type { WalletEntryView } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

/** A row of a statement and of the list of entries; its columns are those of the CSV. */
export const entrySchema = z
  .strictObject({
    entry_id: fields.word('1042-7'),
    transfer_id: fields.id(),
    kind: fields.word('payment'),
    amount_minor: fields.shownAmount(),
    balance_after_minor: fields
      .shownAmount()
      .meta({ description: "The wallet's balance after it, in minor units." }),
    posted_at: fields.time(),
    description: fields.text(500).nullable(),
    payment_id: fields.id().nullable(),
    account: fields
      .word('customer')
      .meta({ description: 'Which part of the wallet: a merchant has several.' }),
  })
  .meta({ id: 'Entry' });

export type Entry = z.output<typeof entrySchema>;

export function shownEntry(entry: WalletEntryView): Entry {
  return {
    entry_id: entry.entryId,
    transfer_id: entry.transferId,
    kind: entry.kind,
    amount_minor: Number(entry.amountMinor),
    balance_after_minor: Number(entry.walletBalanceAfterMinor),
    posted_at: entry.postedAt.toISOString(),
    description: entry.description,
    payment_id: entry.paymentId,
    account: entry.accountKind,
  };
}
