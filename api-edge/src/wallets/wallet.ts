import type { WalletView } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

/** A wallet as the contract shows it. */
export const walletSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('wallet'),
    status: z.enum(['active', 'frozen', 'closed']),
    kind: z.enum(['customer', 'merchant']),
    currency: fields.shownCurrency(),
    balance_minor: fields.shownAmount(),
    held_minor: fields.shownAmount(),
    available_minor: fields.shownAmount(),
    pending_minor: fields.shownAmount().meta({ description: 'Captured and not cleared yet.' }),
    tier: fields
      .word('basic')
      .nullable()
      .meta({ description: 'Whose limits hold; null: those of the contract alone.' }),
    version: z.int().meta({ description: 'How many entries the wallet has.' }),
    created_at: fields.time(),
    accounts: z
      .array(
        z.strictObject({
          kind: fields.word('customer'),
          balance_minor: fields.shownAmount(),
          held_minor: fields.shownAmount(),
        }),
      )
      .max(10)
      .meta({ description: 'What the balances are the sums of: a merchant has several.' }),
  })
  .meta({ id: 'Wallet' });

export function shownWallet(wallet: WalletView): z.output<typeof walletSchema> {
  return {
    id: wallet.id,
    object: 'wallet',
    status: wallet.status,
    kind: wallet.kind,
    currency: wallet.currency,
    balance_minor: Number(wallet.balanceMinor),
    held_minor: Number(wallet.heldMinor),
    available_minor: Number(wallet.availableMinor),
    pending_minor: Number(wallet.pendingMinor),
    tier: wallet.tier,
    version: Number(wallet.version),
    created_at: wallet.createdAt.toISOString(),
    accounts: wallet.accounts.map(({ kind, balanceMinor, heldMinor }) => ({
      ...{ kind, balance_minor: Number(balanceMinor), held_minor: Number(heldMinor) },
    })),
  };
}
