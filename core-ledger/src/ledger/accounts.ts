import type { Queryable } from '../database/database.ts';
import { accountKinds, platformKinds } from './chart.ts';
import type { AccountKind, PlatformKind } from './chart.ts';

export type PlatformAccounts = Readonly<Record<PlatformKind, bigint>>;

export type AccountToOpen = {
  walletId: string | null;
  ownerId: string | null;
  kind: AccountKind;
  currency: string;
  /** How far below zero the available amount may go; null: unbounded; absent: as in the chart. */
  limitMinor?: bigint | null;
};

/** Opens the accounts that do not exist yet; those that do are left as they are. */
export async function openAccounts(
  trx: Queryable,
  accounts: readonly AccountToOpen[],
): Promise<void> {
  if (accounts.length === 0) return;
  const rows = accounts.map(({ walletId, ownerId, kind, currency, limitMinor }) => ({
    wallet_id: walletId,
    owner_id: ownerId,
    kind,
    currency,
    limit_minor:
      (limitMinor === undefined ? accountKinds[kind].limitMinor : limitMinor)?.toString() ?? null,
  }));
  await trx.raw(
    `insert into account (wallet_id, owner_id, kind, currency, limit_minor)
     select wallet_id, owner_id, kind, currency, limit_minor
     from jsonb_to_recordset(?::jsonb)
       as r (wallet_id uuid, owner_id uuid, kind text, currency text, limit_minor bigint)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}

/** Ids of accounts that exist, in the order asked for. */
export async function findAccountIds(
  db: Queryable,
  accounts: readonly AccountToOpen[],
): Promise<bigint[]> {
  const rows = accounts.map(({ walletId, kind, currency }) => ({
    wallet_id: walletId,
    kind,
    currency,
  }));
  const found = await db.raw<{ rows: { id: string }[] }>(
    `select coalesce(w.id, p.id) as id
     from rows from (
        jsonb_to_recordset(?::jsonb) as (wallet_id uuid, kind text, currency text)
      ) with ordinality as r (wallet_id, kind, currency, place)
     left join account w on w.wallet_id = r.wallet_id and w.kind = r.kind
     left join account p on r.wallet_id is null and p.wallet_id is null
       and p.currency = r.currency and p.kind = r.kind
     order by r.place`,
    [JSON.stringify(rows)],
  );
  return found.rows.map(({ id }) => BigInt(id));
}

/** The platform's accounts in one currency, opened when they are not there. */
export async function openPlatformAccounts(trx: Queryable, currency: string): Promise<void> {
  await openAccounts(
    trx,
    platformKinds.map((kind) => ({ walletId: null, ownerId: null, kind, currency })),
  );
}

/** Account ids by kind, per currency; currencies without accounts are not in the answer. */
export async function findPlatformAccounts(
  db: Queryable,
  currencies: string[],
): Promise<Map<string, PlatformAccounts>> {
  const found = await db.raw<{ rows: { currency: string; kind: PlatformKind; id: string }[] }>(
    `select currency, kind, id from account where wallet_id is null and currency = any(?::text[])`,
    [currencies],
  );
  const byCurrency = new Map<string, Partial<Record<PlatformKind, bigint>>>();
  for (const row of found.rows) {
    const accounts = byCurrency.get(row.currency) ?? {};
    accounts[row.kind] = BigInt(row.id);
    byCurrency.set(row.currency, accounts);
  }
  return byCurrency as Map<string, PlatformAccounts>;
}
