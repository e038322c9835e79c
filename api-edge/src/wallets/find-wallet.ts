import { createWalletFacts, type Database, type WalletFacts } from '@wallet/core-ledger';

/** The facts of a wallet; undefined when there is none with this id. */
export type FindWallet = (walletId: string) => Promise<WalletFacts | undefined>;

/** Facts never change, so they are asked for once. */
export function createFindWallet(db: Database): FindWallet {
  const facts = createWalletFacts({ db: db.knex });
  return async (walletId) => {
    const known = facts.get(walletId);
    if (known !== undefined) return known;
    await facts.load([walletId]);
    return facts.get(walletId);
  };
}
