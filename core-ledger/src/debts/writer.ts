import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { Book } from '../ledger/book.ts';
import type { WalletFacts } from '../wallets/wallet.ts';

/** Gathers wallets that came to owe, for one statement a batch. */
export type DebtWriter = {
  reset(): void;
  /** Puts the wallet on the list when it owes by now. */
  add(wallet: WalletFacts, book: Book): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export function createDebtWriter(): DebtWriter {
  const owing = new Set<string>();
  const debts = createBatchStatement({
    name: 'insert_wallet_debt',
    text: `insert into wallet_debt (wallet_id) select * from $rows on conflict do nothing`,
    columns: { wallet_id: 'uuid' },
  });
  return {
    reset: () => owing.clear(),
    add({ walletId, accounts: { receivable } }, book) {
      if (receivable === undefined) return;
      if ((book.account(receivable)?.balanceMinor ?? 0n) < 0n) owing.add(walletId);
    },
    statements() {
      if (owing.size === 0) return [];
      debts.reset();
      for (const id of owing) debts.columns.wallet_id.add(id);
      return [debts.statement()];
    },
  };
}
