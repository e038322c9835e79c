import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../database/database.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../testing/index.ts';
import type { TransferKind } from '../chart.ts';
import type { CaptureItem, ChainItem, FixedLeg, HoldItem, SingleItem } from '../items.ts';
import type { ReversalItem, TransferItem, VoidItem } from '../items.ts';
import { createLedger } from '../ledger.ts';
import type { Ledger } from '../ledger.ts';

/** A database of its own with several ledgers on it, as several processes would have them. */
export type LedgerStage = {
  url: string;
  database: Database;
  ledgers: Ledger[];
  /** The one that answers where it does not matter which. */
  ledger: Ledger;
  /** Opens customers' accounts in USD with these balances. */
  open(...balances: bigint[]): Promise<bigint[]>;
  balancesOf(ids: readonly bigint[]): Promise<bigint[]>;
  heldOf(id: bigint): Promise<bigint>;
  close(): Promise<void>;
};

export async function createLedgerStage(ledgerCount = 2): Promise<LedgerStage> {
  const { url, drop } = await createTestDatabase();
  const database = createDatabase({ url, applicationName: 'ledger stage', poolSize: 4 });
  const clock = { nowMs: Date.now };
  const ledgers = Array.from({ length: ledgerCount }, () => createLedger({ db: database, clock }));
  const [ledger] = ledgers;
  if (ledger === undefined) throw new Error('a stage needs a ledger');
  const external = { walletId: null, ownerId: null, kind: 'external', currency: 'USD' } as const;
  const [bank = 0n] = await ledger.openAccounts([external]);
  const balances = (ids: readonly bigint[]) => ledger.reads.balances(ids);
  return {
    ...{ url, database, ledgers, ledger },
    async open(...amounts) {
      const facts = { kind: 'customer', currency: 'USD' } as const;
      const ids = await ledger.openAccounts(
        amounts.map(() => ({ walletId: randomUUID(), ownerId: randomUUID(), ...facts })),
      );
      const funds = amounts.map((amount, at) => move(bank, ids[at] ?? 0n, amount, 'top_up'));
      await ledger.post(funds.filter((_, at) => amounts[at] !== 0n));
      return ids;
    },
    async balancesOf(ids) {
      const found = await balances(ids);
      return ids.map((id) => found.get(id)?.balanceMinor ?? -1n);
    },
    heldOf: async (id) => (await balances([id])).get(id)?.heldMinor ?? -1n,
    async close() {
      for (const one of ledgers) await one.close();
      await database.close();
      await drop();
    },
  };
}

export function leg(accountId: bigint, amountMinor: bigint, currency = 'USD'): FixedLeg {
  return { accountId, currency, amountMinor };
}

export function transferOf(kind: TransferKind, ...legs: TransferItem['legs']): TransferItem {
  return { type: 'transfer', id: randomUUID(), kind, paymentId: null, intentId: null, legs };
}

export function move(
  from: bigint,
  to: bigint,
  amountMinor: bigint,
  kind: TransferKind = 'payment',
): TransferItem {
  return transferOf(kind, leg(from, -amountMinor), leg(to, amountMinor));
}

export function holdOf(accountId: bigint, amountMinor: bigint, expiresInSeconds = 60): HoldItem {
  return {
    ...{ type: 'hold', id: randomUUID(), accountId, amountMinor, currency: 'USD' },
    ...{ paymentId: null, reason: 'authorization', expiresInSeconds },
  };
}

export function captureOf(
  holdId: string,
  to: bigint,
  amountMinor: bigint,
  final = true,
): CaptureItem {
  return {
    ...{ type: 'capture', id: randomUUID(), kind: 'payment', holdId, intentId: null, final },
    to: [{ accountId: to, amountMinor }],
  };
}

export function voidOf(holdId: string): VoidItem {
  return { type: 'void', id: randomUUID(), holdId };
}

export function reversalOf(transferId: string): ReversalItem {
  return { type: 'reversal', id: randomUUID(), transferId, intentId: null };
}

export function chainOf(...items: SingleItem[]): ChainItem {
  return { type: 'chain', id: randomUUID(), items };
}
