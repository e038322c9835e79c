import type { Queryable } from '../database/database.ts';
import { findPlatformAccounts } from '../ledger/accounts.ts';
import { accountKinds } from '../ledger/chart.ts';
import type { WalletAccountKind, WalletKind } from '../ledger/chart.ts';
import type { WalletFacts } from './wallet.ts';

/** Remembers wallet facts for one process. */
export type WalletFactsCache = {
  /** Fetches what is not known yet, in one query; ids that do not exist stay unknown. */
  load(walletIds: Iterable<string>): Promise<void>;
  /** The facts if they were loaded and the wallet exists. */
  get(walletId: string): WalletFacts | undefined;
  /**
   * Sees to it that wallets which were loaded have accounts of these kinds; a closed one gets none.
   * Customers start with one account: what they need to be disputed, or to owe, comes when needed.
   */
  complete(walletIds: Iterable<string>, kinds: readonly WalletAccountKind[]): Promise<void>;
};

/** Facts by wallet id; ids that do not exist are not in the answer. */
export async function findWallets(db: Queryable, ids: string[]): Promise<Map<string, WalletFacts>> {
  const facts = new Map<string, WalletFacts>();
  if (ids.length === 0) return facts;
  const found = await db.raw<{ rows: FactsRow[] }>(
    `select w.id, w.owner_id, w.kind, w.currency, jsonb_object_agg(a.kind, a.id::text) as accounts
     from wallet w join account a on a.wallet_id = w.id
     where w.id = any(?::uuid[]) group by w.id`,
    [ids],
  );
  const currencies = [...new Set(found.rows.map((row) => row.currency))];
  const platform = await findPlatformAccounts(db, currencies);
  for (const row of found.rows) {
    const accounts: Partial<Record<WalletAccountKind, bigint>> = {};
    for (const [kind, id] of Object.entries(row.accounts)) {
      accounts[kind as WalletAccountKind] = BigInt(id);
    }
    const ofCurrency = platform.get(row.currency);
    if (ofCurrency === undefined) throw new Error(`no platform accounts in ${row.currency}`);
    facts.set(row.id, {
      walletId: row.id,
      ownerId: row.owner_id,
      kind: row.kind,
      currency: row.currency,
      accounts,
      platform: ofCurrency,
    });
  }
  return facts;
}

/**
 * Keeps the `maximum` wallets used last. Facts never change but by `complete`, so none is stale;
 * an unknown id is asked for again each time, as it may be opened at any moment.
 */
export function createWalletFacts(options: { db: Queryable; maximum?: number }): WalletFactsCache {
  const { db, maximum = 100_000 } = options;
  const known = new Map<string, WalletFacts>();
  const remember = (facts: WalletFacts): void => {
    known.delete(facts.walletId);
    known.set(facts.walletId, facts);
  };
  return {
    async load(walletIds) {
      const asked = new Set(walletIds);
      const missing: string[] = [];
      for (const id of asked) {
        const facts = known.get(id);
        if (facts === undefined) missing.push(id);
        else remember(facts);
      }
      if (missing.length > 0) {
        for (const facts of (await findWallets(db, missing)).values()) remember(facts);
      }
      // The oldest go first; what was just asked for is the youngest and stays.
      for (const id of known.keys()) {
        if (known.size <= Math.max(maximum, asked.size)) break;
        known.delete(id);
      }
    },
    get: (walletId) => known.get(walletId),
    async complete(walletIds, kinds) {
      const incomplete = [...new Set(walletIds)].filter((id) => {
        const facts = known.get(id);
        return facts !== undefined && kinds.some((kind) => facts.accounts[kind] === undefined);
      });
      if (incomplete.length === 0) return;
      await openMissing(db, incomplete, kinds);
      for (const facts of (await findWallets(db, incomplete)).values()) remember(facts);
    },
  };
}

/** In the state of the wallet's first account: who is frozen stays so. */
async function openMissing(
  db: Queryable,
  walletIds: string[],
  kinds: readonly WalletAccountKind[],
): Promise<void> {
  const rows = kinds.map((kind) => {
    const { limitMinor } = accountKinds[kind];
    return { kind, limit_minor: limitMinor?.toString() ?? null };
  });
  await db.raw(
    `insert into account (wallet_id, owner_id, kind, currency, status, limit_minor)
     select a.wallet_id, a.owner_id, k.kind, a.currency, a.status, k.limit_minor
     from account a, jsonb_to_recordset(?::jsonb) as k (kind text, limit_minor bigint)
     where a.wallet_id = any(?::uuid[]) and a.status <> 'closed'
       and a.kind in ('customer', 'merchant_available')
     on conflict do nothing`,
    [JSON.stringify(rows), walletIds],
  );
}

type FactsRow = {
  id: string;
  owner_id: string;
  kind: WalletKind;
  currency: string;
  accounts: Record<string, string>;
};
