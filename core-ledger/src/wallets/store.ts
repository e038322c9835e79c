import type { Queryable } from '../database/database.ts';
import { openAccounts, openPlatformAccounts } from '../ledger/accounts.ts';
import { accountsOfWallet } from '../ledger/chart.ts';
import type { WalletAccountKind, WalletKind } from '../ledger/chart.ts';
import type { WalletStatus, WalletView } from './wallet.ts';

export type WalletToOpen = {
  id: string;
  ownerId: string;
  kind: WalletKind;
  /** ISO 4217 code. */
  currency: string;
};

/**
 * Opens wallets with their accounts, and the platform's accounts of their currencies. Each is put
 * under the tier of its owner's others, so that nobody gets around limits by another wallet. A
 * wallet whose id exists is left as it is, so a repeat changes nothing. Pass a transaction for all
 * or nothing.
 */
export async function openWallets(trx: Queryable, wallets: WalletToOpen[]): Promise<void> {
  if (wallets.length === 0) return;
  const opened = await trx.raw<{ rows: { id: string }[] }>(
    `insert into wallet (id, owner_id, kind, currency)
     select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[]) on conflict do nothing
     returning id`,
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
  await trx.raw(inheritTiers, [opened.rows.map(({ id }) => id)]);
}

/** From the latest of the owner's other wallets that has one, in whatever currency. */
const inheritTiers = `
  update account a set tier = t.tier
  from (select w.id, other.tier from wallet w
    cross join lateral (select o.tier from wallet ow join account o on o.wallet_id = ow.id
      where ow.owner_id = w.owner_id and ow.id <> w.id and o.tier is not null
      order by ow.created_at desc, ow.id desc limit 1) other
    where w.id = any(?::uuid[])) t
  where a.wallet_id = t.id and a.kind in ('customer', 'merchant_available')`;

/** Which of a wallet's accounts count as what; sums are over the wallet's accounts. */
const viewSql = `
  select w.id, w.owner_id, w.kind, w.currency, w.created_at,
    case when bool_or(a.status = 'closed') then 'closed'
      when bool_or(a.status = 'frozen') then 'frozen' else 'active' end as status,
    sum(a.balance_minor) as balance, sum(a.held_minor) as held, sum(a.version) as version,
    sum(a.balance_minor - a.held_minor) filter (where a.kind in ('customer', 'merchant_available'))
      as available,
    coalesce(sum(a.balance_minor) filter (where a.kind = 'merchant_pending'), 0) as pending,
    max(a.tier) as tier,
    jsonb_agg(jsonb_build_object('kind', a.kind, 'balance', a.balance_minor::text,
      'held', a.held_minor::text) order by a.id) as accounts
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
  accounts: { kind: WalletAccountKind; balance: string; held: string }[];
  tier: string | null;
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
    tier: row.tier,
    createdAt: row.created_at,
    accounts: row.accounts.map(({ kind, balance, held }) => ({
      ...{ kind, balanceMinor: BigInt(balance), heldMinor: BigInt(held) },
    })),
  };
}
