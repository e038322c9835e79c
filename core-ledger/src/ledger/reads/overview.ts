import type { Queryable } from '../../database/database.ts';
import type { WalletKind } from '../chart.ts';
import { balanceOf, columnsOfAccount } from './balances.ts';
import type { AccountBalance, AccountRow } from './balances.ts';

/** One wallet with the accounts it stands on. */
export type WalletOverview = {
  readonly walletId: string;
  readonly kind: WalletKind;
  readonly currency: string;
  readonly accounts: readonly AccountBalance[];
};

/** All wallets of an owner, oldest first, with their accounts, all of one moment. */
export async function findOverview(db: Queryable, ownerId: string): Promise<WalletOverview[]> {
  const found = await db.raw<{ rows: (AccountRow & WalletColumns)[] }>(
    `select w.id as wallet_id, w.kind as wallet_kind, ${columnsOfAccount}
     from wallet w join account a on a.wallet_id = w.id
     where w.owner_id = ?::uuid order by w.created_at, w.id, a.id`,
    [ownerId],
  );
  return [...Map.groupBy(found.rows, (row) => row.wallet_id).values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const { wallet_id: walletId, wallet_kind: kind, currency } = first;
    return [{ walletId, kind, currency, accounts: rows.map(balanceOf) }];
  });
}

type WalletColumns = { wallet_id: string; wallet_kind: WalletKind };
