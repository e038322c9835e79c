import { findWalletViews, listRestrictedWallets, type Database } from '@wallet/core-ledger';
import type { Log } from '@wallet/runtime';
import { refuse, type Refusal } from '../problems.ts';

/**
 * Wallets of late frozen or closed. Every payment asks, so it is kept in memory and looked at every
 * second; what it says is asked of the database again before anybody is refused, and what it does
 * not know yet the ledger refuses.
 */
export type Standings = {
  /** What stands against a payment as far as committed state tells; null at once for most. */
  objectionTo(payerWalletId: string, payeeWalletId: string): Promise<Refusal | null> | null;
  /** Looks now: somebody was just frozen here. Never throws. */
  refresh(): Promise<void>;
  stop(): void;
};

const everyMs = 1_000;
/** At first so many changes back, and then again and again those that may have come meanwhile. */
const changesAtFirst = 100_000;
const changesPerLook = 500;

export function createStandings({ db, log }: { db: Database; log: Log }): Standings {
  const restricted = new Set<string>();
  let isFirst = true;

  const look = async (): Promise<void> => {
    try {
      const limit = isFirst ? changesAtFirst : changesPerLook;
      for (const { walletId, isRestricted } of await listRestrictedWallets(db.knex, limit)) {
        if (isRestricted) restricted.add(walletId);
        else restricted.delete(walletId);
      }
      isFirst = false;
    } catch (error) {
      log.debug({ err: error }, 'the standing of wallets could not be read; the ledger knows it');
    }
  };

  let looking: Promise<void> | null = null;
  const refresh = (): Promise<void> =>
    (looking ??= look().finally(() => {
      looking = null;
    }));
  const timer = setInterval(() => void refresh(), everyMs);
  timer.unref();
  void refresh();
  return {
    objectionTo: (payerWalletId, payeeWalletId) =>
      restricted.has(payerWalletId) || restricted.has(payeeWalletId)
        ? findObjection(db, payerWalletId, payeeWalletId)
        : null,
    refresh,
    stop: () => clearInterval(timer),
  };
}

async function findObjection(
  db: Database,
  payerWalletId: string,
  payeeWalletId: string,
): Promise<Refusal | null> {
  const ids = [payerWalletId, payeeWalletId];
  const wallets = await findWalletViews(db.knex, ids);
  const statusOf = (id: string) => wallets.find((wallet) => wallet.id === id)?.status;
  if (statusOf(payerWalletId) === 'frozen') return refuse('account_frozen');
  return ids.some((id) => statusOf(id) === 'closed') ? refuse('account_closed') : null;
}
