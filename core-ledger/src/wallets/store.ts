import type { Queryable } from '../database/database.ts';
import { openAccounts, openPlatformAccounts } from '../ledger/accounts.ts';
import { accountsOfWallet } from '../ledger/chart.ts';
import type { WalletKind } from '../ledger/chart.ts';
import type { WalletStatus, WalletView } from './wallet.ts';

export type WalletToOpen = {
  id: string;
  ownerId: string;
  kind: WalletKind;
  /** ISO 4217 code. */
  currency: string;
};

/**
 * Opens wallets with their accounts, and the platform's accounts of their currencies. A wallet
 * whose id exists is left as it is, so a repeat changes nothing. Pass a transaction for both or
 * neither.
 */
export async function openWallets(trx: Queryable, wallets: WalletToOpen[]): Promise<void> {
  if (wallets.length === 0) return;
  await trx.raw(
    `insert into wallet (id, owner_id, kind, currency)
     select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[]) on conflict do nothing`,
    [
      wallets.map((wallet) => wallet.id),
      wallets.map((wallet) => wallet.ownerId),
      wallets.map((wallet) => wallet.kind),
      wallets.map((wallet) => wallet.currency),
    ],
  );
  for (const currency of [...new Set(wallets.map((wallet) => wallet.currency))].sort()) {
    await openPlatformAccounts(trx, currency);
  }
  await openAccounts(
    trx,
    wallets.flatMap(({ id, ownerId, kind, currency }) =>
      accountsOfWallet[kind].map((account) => ({
        walletId: id,
        ownerId,
        kind: account,
        currency,
      })),
    ),
  );
}

/** Which of a wallet's accounts count as what; sums are over the wallet's accounts. */
const viewSql = `
  select w.id, w.owner_id, w.kind, w.currency, w.created_at,
    case when bool_or(a.status = 'closed') then 'closed'
      when bool_or(a.status = 'frozen') then 'frozen' else 'active' end as status,
    sum(a.balance_minor) as balance, sum(a.held_minor) as held, sum(a.version) as version,
    sum(a.balance_minor - a.held_minor) filter (where a.kind in ('customer', 'merchant_available'))
      as available,
    coalesce(sum(a.balance_minor) filter (where a.kind = 'merchant_pending'), 0) as pending
  from wallet w join account a on a.wallet_id = w.id`;

/** Wallets by id, in no order; unknown ids are left out. */
export async function findWalletViews(db: Queryable, ids: string[]): Promise<WalletView[]> {
  const found = await db.raw<{ rows: ViewRow[] }>(
    `${viewSql} where w.id = any(?::uuid[]) group by w.id`,
    [ids],
  );
  return found.rows.map(viewOf);
}

/** All wallets of one owner, oldest first. */
export async function walletViewsOfOwner(db: Queryable, ownerId: string): Promise<WalletView[]> {
  const found = await db.raw<{ rows: ViewRow[] }>(
    `${viewSql} where w.owner_id = ?::uuid group by w.id order by w.created_at, w.id`,
    [ownerId],
  );
  return found.rows.map(viewOf);
}

type ViewRow = {
  id: string;
  owner_id: string;
  kind: WalletKind;
  currency: string;
  created_at: Date;
  status: WalletStatus;
  balance: string;
  held: string;
  version: string;
  available: string;
  pending: string;
};

function viewOf(row: ViewRow): WalletView {
  return {
    id: row.id,
    ownerId: row.owner_id,
    kind: row.kind,
    currency: row.currency,
    status: row.status,
    balanceMinor: BigInt(row.balance),
    heldMinor: BigInt(row.held),
    availableMinor: BigInt(row.available),
    pendingMinor: BigInt(row.pending),
    version: BigInt(row.version),
    createdAt: row.created_at,
  };
}
