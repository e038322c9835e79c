import { driveClosed, drivePaced, type Driven } from './drive.ts';
import { chainsOf, holdsOf, transfersOf, type MakeItems, type Spread } from './loads.ts';
import type { LedgerSystem } from './system.ts';

/** One way of using the ledger: how many callers, how many items a call, what items. */
export type Variant = {
  readonly name: string;
  readonly callers: number;
  readonly batch: number;
  /** Transfers that an item stands for. */
  readonly transfersPerItem: number;
  readonly make: MakeItems;
  /** Calls a second; without it callers call again as soon as they are answered. */
  readonly rate?: number;
};

/** Rate of the paced variant, calls a second. */
const pacedRate = 2_000;

const transfersPerChain = 2;

export function variantsOf({ accounts }: Pick<LedgerSystem, 'accounts'>): Variant[] {
  const plain = (name: string, callers: number, batch: number, spread: Spread): Variant => ({
    ...{ name: `${name}, ${spread}`, callers, batch, transfersPerItem: 1 },
    make: transfersOf(accounts, spread),
  });
  const spreads: Spread[] = ['uniform', 'zipf', 'hot'];
  return [
    plain('1 caller', 1, 1, 'uniform'),
    ...spreads.map((spread) => plain('64 callers', 64, 1, spread)),
    { ...plain('64 callers, paced', 64, 1, 'uniform'), rate: pacedRate },
    ...spreads.map((spread) => plain('batches of 50', 1, 50, spread)),
    plain('batches of 50 by 2 callers', 2, 50, 'uniform'),
    ...spreads.map((spread) => plain('batches of 500', 2, 500, spread)),
    {
      ...{ name: 'holds, batches of 500', callers: 2, batch: 500, transfersPerItem: 1 },
      make: holdsOf(accounts),
    },
    {
      ...{ name: 'chains of 2, batches of 250', callers: 2, batch: 250 },
      ...{ transfersPerItem: transfersPerChain, make: chainsOf(accounts, transfersPerChain) },
    },
  ];
}

export function drive(
  { ledger }: Pick<LedgerSystem, 'ledger'>,
  variant: Variant,
  seconds: number,
): Promise<Driven> {
  const { callers, batch, make, rate } = variant;
  if (rate === undefined) return driveClosed(ledger, { callers, batch, make, seconds });
  return drivePaced(ledger, { callers, rate, make, seconds });
}
