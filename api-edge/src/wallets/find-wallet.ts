import { createWalletFacts, type Database, type WalletFacts } from '@wallet/core-ledger';
import { createBatchedRead } from '../intents/batched-read.ts';

/** The facts of a wallet, at once when they are known; undefined when there is no such wallet. */
export type FindWallet = (walletId: string) => WalletFacts | Promise<WalletFacts | undefined>;

/**
 * Facts never change, so they are asked for once: together with those of the other wallets of the
 * moment, as an instance that has just started knows none and meets many.
 */
export function createFindWallet(db: Database): FindWallet {
  const facts = createWalletFacts({ db: db.knex });
  const load = createBatchedRead<WalletFacts>(async (ids) => {
    await facts.load(ids);
    return new Map(ids.flatMap((id) => pairOf(id, facts.get(id))));
  });
  return (walletId) => facts.get(walletId) ?? load(walletId);
}

function pairOf<Value>(key: string, value: Value | undefined): [string, Value][] {
  return value === undefined ? [] : [[key, value]];
}
