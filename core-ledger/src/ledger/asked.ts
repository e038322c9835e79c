import { isWellFormed } from './item-shape.ts';
import type { LedgerItem, SingleItem, TransferItem } from './items.ts';

/** What the items of a batch name, and what must therefore be locked or read before deciding. */
export type Asked = {
  /** Those that are well formed. */
  readonly items: LedgerItem[];
  readonly accountIds: Set<bigint>;
  /** Of the items and of the items of chains: each is answered once. */
  readonly ids: string[];
  /** Holds to capture or to void; their accounts are locked too. */
  readonly holdIds: string[];
  /** Transfers to be reversed; the accounts of their entries are locked too. */
  readonly transferIds: string[];
  /** Those that leave an amount open: when one is known, its answer has amounts. */
  readonly openTransfers: TransferItem[];
  /** Is the database's clock needed to decide? */
  hasEffectiveTime: boolean;
};

/** Items that are not well formed name nothing: they are refused whatever the database has. */
export function askedBy(items: readonly LedgerItem[]): Asked {
  const asked: Asked = {
    ...{ items: [], accountIds: new Set(), ids: [], holdIds: [], transferIds: [] },
    openTransfers: [],
    hasEffectiveTime: false,
  };
  for (const item of items) {
    if (!isWellFormed(item)) continue;
    asked.items.push(item);
    if (item.type !== 'chain') add(asked, item);
    else {
      asked.ids.push(item.id);
      for (const part of item.items) add(asked, part);
    }
  }
  return asked;
}

function add(asked: Asked, item: SingleItem): void {
  asked.ids.push(item.id);
  switch (item.type) {
    case 'transfer':
      for (const { accountId } of item.legs) asked.accountIds.add(accountId);
      if (item.legs.some((leg) => !('amountMinor' in leg))) asked.openTransfers.push(item);
      if (typeof item.effectiveAtMs === 'number') asked.hasEffectiveTime = true;
      return;
    case 'hold':
      asked.accountIds.add(item.accountId);
      return;
    case 'capture':
      for (const { accountId } of item.to) asked.accountIds.add(accountId);
      asked.holdIds.push(item.holdId);
      return;
    case 'void':
      asked.holdIds.push(item.holdId);
      return;
    case 'reversal':
      asked.transferIds.push(item.transferId);
  }
}
