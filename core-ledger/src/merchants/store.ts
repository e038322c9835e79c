import type { Queryable } from '../database/database.ts';
import { recordWalletChange } from '../wallets/control.ts';
import type { WalletOrder } from '../wallets/control.ts';
import { defaultMerchantSettings } from './settings.ts';
import type { MerchantSettings, SettlementMode } from './settings.ts';

/** The settings of a merchant's wallet; null when there is no such wallet of a merchant. */
export async function findMerchantSettings(
  db: Queryable,
  walletId: string,
): Promise<MerchantSettings | null> {
  const found = await db.raw<{ rows: SettingsRow[] }>(
    `select s.* from wallet w left join merchant_settings s on s.wallet_id = w.id
     where w.id = ?::uuid and w.kind = 'merchant'`,
    [walletId],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return settingsOf(row);
}

/**
 * Sets them all, with what was before in the wallet's history. What is due by a shorter clearing
 * time clears at the next run; what has cleared stays cleared. False when there is no such wallet
 * of a merchant. Faults: those of the database.
 */
export async function putMerchantSettings(
  db: Queryable,
  order: WalletOrder,
  settings: MerchantSettings,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    // In the order of whoever clears: its row first, then the accounts.
    await trx.raw(
      `update clearing c set next_at = statement_timestamp() from account a
       where a.wallet_id = ?::uuid and a.kind = 'merchant_pending' and c.account_id = a.id`,
      [order.walletId],
    );
    const before = await findMerchantSettings(trx, order.walletId);
    if (before === null) return false;
    await recordWalletChange(trx, order, {
      settlement_settings: { before: shownSettings(before), after: shownSettings(settings) },
    });
    const { mode, clearingSeconds, minimumMinor, destination } = settings;
    await trx.raw(
      `insert into merchant_settings (wallet_id, mode, clearing_seconds, minimum_minor, destination)
       values (?::uuid, ?, ?, ?, ?)
       on conflict (wallet_id) do update set mode = excluded.mode,
         clearing_seconds = excluded.clearing_seconds, minimum_minor = excluded.minimum_minor,
         destination = excluded.destination, updated_at = statement_timestamp()`,
      [order.walletId, mode, clearingSeconds, minimumMinor.toString(), destination],
    );
    return true;
  });
}

/** Sets them for wallets for which nothing was set, in the transaction that opens the wallets. */
export async function beginMerchantSettings(
  trx: Queryable,
  walletIds: readonly string[],
  { mode, clearingSeconds, minimumMinor, destination }: MerchantSettings,
): Promise<void> {
  await trx.raw(
    `insert into merchant_settings (wallet_id, mode, clearing_seconds, minimum_minor, destination)
     select id, ?, ?, ?, ? from unnest(?::uuid[]) id on conflict do nothing`,
    [mode, clearingSeconds, minimumMinor.toString(), destination, [...walletIds]],
  );
}

type SettingsRow = {
  mode: SettlementMode | null;
  clearing_seconds: number;
  minimum_minor: string;
  destination: string | null;
};

/** Nothing was set: the defaults. */
function settingsOf(row: SettingsRow): MerchantSettings {
  const { mode, clearing_seconds: clearingSeconds, destination } = row;
  if (mode === null) return defaultMerchantSettings;
  return { mode, clearingSeconds, minimumMinor: BigInt(row.minimum_minor), destination };
}

/** As JSON has it. */
function shownSettings(settings: MerchantSettings): Record<string, string | number | null> {
  return {
    mode: settings.mode,
    clearing_seconds: settings.clearingSeconds,
    minimum_minor: Number(settings.minimumMinor),
    destination: settings.destination,
  };
}
