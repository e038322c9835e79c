import { recordChange } from '../changes/store.ts';
import type { ActorRole } from '../changes/change.ts';
import type { Queryable } from '../database/database.ts';
import { setAccountTier } from '../limits/tiers.ts';
import { setAccountStatus } from '../ledger/account-status.ts';
import type { WalletStatus } from './wallet.ts';

/** Who changes a wallet that is not theirs, and why: both are kept in its history for ever. */
export type WalletOrder = {
  readonly walletId: string;
  /** A user's id. */
  readonly actor: string;
  readonly role: ActorRole;
  readonly reason: string;
  readonly requestId: string;
};

export type WalletOrderResult =
  { readonly ok: true } | { readonly ok: false; reason: OrderRefusal };

export type OrderRefusal =
  'unknown_wallet' | 'account_closed' | 'balance_not_zero' | 'funds_held' | 'unknown_tier';

/**
 * Freezes, releases or closes a wallet: all its accounts at once. A frozen one takes credits and
 * pays nothing of its owner's choice; closing is for ever, and needs accounts with nothing on them
 * and nothing held. What it is already it becomes without a trace. Waits for batches that have its
 * accounts locked, so that every payment is settled before the change or sees it.
 * Faults: those of the database.
 */
export async function setWalletStatus(
  db: Queryable,
  order: WalletOrder & { readonly status: WalletStatus },
): Promise<WalletOrderResult> {
  return db.transaction(async (trx) => {
    const accounts = await lockAccounts(trx, order.walletId);
    const from = statusOf(accounts);
    const reason = refusalOf(accounts, order.status);
    if (reason !== null) return { ok: false, reason };
    if (from === order.status) return { ok: true };
    for (const { id } of accounts) {
      const { status, actor, reason: why } = order;
      await setAccountStatus(trx, { accountId: BigInt(id), status, actor, reason: why });
    }
    await record(trx, order, { from, to: order.status });
    return { ok: true };
  });
}

/**
 * Puts a wallet under the limits of a tier, or under none (null); what it has paid in this month
 * counts. Faults: those of the database.
 */
export async function setWalletTier(
  db: Queryable,
  order: WalletOrder & { readonly tier: string | null },
): Promise<WalletOrderResult> {
  return db.transaction(async (trx) => {
    const accounts = await lockAccounts(trx, order.walletId);
    const status = statusOf(accounts);
    const paying = accounts.find(
      ({ kind }) => kind === 'customer' || kind === 'merchant_available',
    );
    if (paying === undefined) return { ok: false, reason: 'unknown_wallet' };
    if (status === 'closed') return { ok: false, reason: 'account_closed' };
    if (!(await setAccountTier(trx, BigInt(paying.id), order.tier))) {
      return { ok: false, reason: 'unknown_tier' };
    }
    const details = { tier: { before: paying.tier, after: order.tier } };
    await record(trx, order, { from: status, to: status, details });
    return { ok: true };
  });
}

/**
 * Wallets whose state was changed of late, by the newest changes: may they take part in all? For
 * whoever wants to say no before asking the ledger.
 */
export async function listRestrictedWallets(
  db: Queryable,
  newestChanges: number,
): Promise<{ walletId: string; isRestricted: boolean }[]> {
  const found = await db.raw<{ rows: { wallet_id: string; is_restricted: boolean }[] }>(
    `select a.wallet_id, bool_or(a.status <> 'active') as is_restricted
     from (select account_id from account_status_change order by id desc limit ?) c
     join account a on a.id = c.account_id
     where a.wallet_id is not null group by a.wallet_id`,
    [newestChanges],
  );
  return found.rows.map((row) => ({ walletId: row.wallet_id, isRestricted: row.is_restricted }));
}

/** Something else that was set for a wallet: its line in the history, with its accounts locked. */
export async function recordWalletChange(
  trx: Queryable,
  order: WalletOrder,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const status = statusOf(await lockAccounts(trx, order.walletId));
  await record(trx, order, { from: status, to: status, details });
}

type AccountRow = {
  id: string;
  kind: string;
  status: WalletStatus;
  tier: string | null;
  has_balance: boolean;
  has_holds: boolean;
};

/** In the order in which batches lock them. */
async function lockAccounts(trx: Queryable, walletId: string): Promise<AccountRow[]> {
  const found = await trx.raw<{ rows: AccountRow[] }>(
    `select id, kind, status, tier, balance_minor <> 0 as has_balance, held_minor <> 0 as has_holds
     from account where wallet_id = ?::uuid order by id for update`,
    [walletId],
  );
  return found.rows;
}

function statusOf(accounts: readonly AccountRow[]): WalletStatus {
  if (accounts.some(({ status }) => status === 'closed')) return 'closed';
  return accounts.some(({ status }) => status === 'frozen') ? 'frozen' : 'active';
}

function refusalOf(accounts: readonly AccountRow[], to: WalletStatus): OrderRefusal | null {
  if (accounts.length === 0) return 'unknown_wallet';
  const from = statusOf(accounts);
  if (from === to) return null;
  if (from === 'closed') return 'account_closed';
  if (to !== 'closed') return null;
  if (accounts.some((account) => account.has_balance)) return 'balance_not_zero';
  return accounts.some((account) => account.has_holds) ? 'funds_held' : null;
}

async function record(
  trx: Queryable,
  { walletId, actor, role, reason, requestId }: WalletOrder,
  change: { from: string; to: string; details?: Readonly<Record<string, unknown>> },
): Promise<void> {
  const found = await trx.raw<{ rows: { version: number }[] }>(
    `select coalesce(max(version), 0) + 1 as version from object_change where object_id = ?::uuid`,
    [walletId],
  );
  await recordChange(trx, {
    ...{ object: 'wallet', objectId: walletId, version: found.rows[0]?.version ?? 1 },
    ...{ ...change, actor, role, reason, requestId },
  });
}
