import { randomBytes } from 'node:crypto';
import type { LedgerItem } from '@wallet/core-ledger';

/** How the receiving accounts are chosen; those that pay are always spread evenly. */
export type Spread = 'uniform' | 'zipf' | 'hot';

export type Accounts = { payers: readonly bigint[]; merchant: bigint };

/** Makes the items of one call. */
export type MakeItems = (count: number) => LedgerItem[];

const currency = 'USD';

export function transfersOf(accounts: Accounts, spread: Spread): MakeItems {
  const pick = pickerOf(accounts, spread);
  return (count) => Array.from({ length: count }, () => transferOf(accounts, pick));
}

export function holdsOf(accounts: Accounts): MakeItems {
  return (count) =>
    Array.from({ length: count }, () => ({
      ...{ type: 'hold', id: createId(), accountId: anyOf(accounts.payers), currency },
      ...{ amountMinor: 1n, paymentId: null, reason: 'authorization', expiresInSeconds: 600 },
    }));
}

function transferOf({ payers }: Accounts, pick: () => bigint): LedgerItem {
  const payer = anyOf(payers);
  let payee = pick();
  while (payee === payer) payee = anyOf(payers);
  return {
    type: 'transfer',
    id: createId(),
    kind: 'payment',
    paymentId: null,
    intentId: createId(),
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

const run = randomBytes(5).toString('hex');
let made = 0;

/** A uuid of version 7, cheap: time, a counter, and what no other run has. */
export function createId(): string {
  made += 1;
  const time = Date.now().toString(16).padStart(12, '0');
  const counter = made.toString(16).padStart(8, '0').slice(-8);
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${counter.slice(0, 3)}-` +
    `8${counter.slice(3, 6)}-${counter.slice(6)}${run}`
  );
}
