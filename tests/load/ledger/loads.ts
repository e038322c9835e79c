import { randomBytes } from 'node:crypto';
import type { HoldItem, LedgerItem, SingleItem, TransferItem } from '@wallet/core-ledger';

/** How the receiving accounts are chosen; those that pay are always spread evenly. */
export type Spread = 'uniform' | 'zipf' | 'hot';

export type Accounts = { payers: readonly bigint[]; merchant: bigint };

/** Makes the items of one call. */
export type MakeItems = (count: number) => LedgerItem[];

const currency = 'USD';

export function transfersOf(accounts: Accounts, spread: Spread): (count: number) => SingleItem[] {
  const pick = pickerOf(accounts, spread);
  return (count) => Array.from({ length: count }, () => transferOf(accounts, pick));
}

export function holdsOf({ payers }: Accounts): MakeItems {
  return (count) => Array.from({ length: count }, () => holdOf(anyOf(payers)));
}

/** Each item posts so many transfers between evenly chosen accounts, together or not at all. */
export function chainsOf(accounts: Accounts, length: number): MakeItems {
  const make = transfersOf(accounts, 'uniform');
  return (count) =>
    Array.from({ length: count }, () => ({ type: 'chain', id: createId(), items: make(length) }));
}

function holdOf(accountId: bigint): HoldItem {
  const what = { id: createId(), accountId, amountMinor: 1n, currency, paymentId: null };
  return { type: 'hold', ...what, reason: 'authorization', expiresInSeconds: 600 };
}

function transferOf({ payers }: Accounts, pick: () => bigint): TransferItem {
  const payer = anyOf(payers);
  let payee = pick();
  while (payee === payer) payee = anyOf(payers);
  return {
    type: 'transfer',
    id: createId(),
    kind: 'payment',
    paymentId: null,
    intentId: null,
    legs: [
      { accountId: payer, amountMinor: -1n, currency },
      { accountId: payee, amountMinor: 1n, currency },
    ],
  };
}

function pickerOf({ payers, merchant }: Accounts, spread: Spread): () => bigint {
  switch (spread) {
    case 'uniform':
      return () => anyOf(payers);
    case 'hot':
      return () => merchant;
    case 'zipf':
      return zipfPicker(payers);
  }
}

/** The account of rank k is chosen in proportion to 1/k. */
function zipfPicker(accounts: readonly bigint[]): () => bigint {
  const sums = new Float64Array(accounts.length);
  let sum = 0;
  for (let rank = 1; rank <= accounts.length; rank += 1) {
    sum += 1 / rank;
    sums[rank - 1] = sum;
  }
  return () => {
    const target = Math.random() * sum;
    let low = 0;
    let high = accounts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < target) low = middle + 1;
      else high = middle;
    }
    return accounts[low] ?? 0n;
  };
}

function anyOf(accounts: readonly bigint[]): bigint {
  return accounts[Math.floor(Math.random() * accounts.length)] ?? 0n;
}

const run = randomBytes(6).toString('hex');
let made = 0;
let prefixMs = 0;
let prefix = '';

/** A uuid of version 7, cheap: time, a counter, and what no other run has. */
export function createId(): string {
  const nowMs = Date.now();
  if (nowMs !== prefixMs) {
    prefixMs = nowMs;
    const time = nowMs.toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  made = (made + 1) & 0xffffff;
  const counter = (0x1000000 + made).toString(16);
  return `${prefix}${counter.slice(1, 4)}-8${counter.slice(4)}-${run}`;
}
