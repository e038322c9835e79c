import fc from 'fast-check';
import type { Condition, LedgerItem, Leg, SingleItem, TransferItem } from '../items.ts';
import type { ModelAccount } from './model-state.ts';

/** The accounts of every sequence, by position; the last position has no account. */
export const cast: readonly Omit<ModelAccount, 'id'>[] = [
  { kind: 'external', currency: 'USD', status: 'active', limitMinor: null },
  { kind: 'customer', currency: 'USD', status: 'active', limitMinor: 0n },
  { kind: 'customer', currency: 'USD', status: 'active', limitMinor: 0n },
  { kind: 'customer', currency: 'USD', status: 'active', limitMinor: 40n },
  { kind: 'merchant_pending', currency: 'USD', status: 'active', limitMinor: 0n },
  { kind: 'fees', currency: 'USD', status: 'active', limitMinor: 0n },
  { kind: 'customer', currency: 'USD', status: 'frozen', limitMinor: 0n },
  { kind: 'customer', currency: 'USD', status: 'closed', limitMinor: 0n },
  { kind: 'external', currency: 'EUR', status: 'active', limitMinor: null },
  { kind: 'customer', currency: 'EUR', status: 'active', limitMinor: 0n },
];
const [bank, , , , shop, fees, frozen, closed, euroBank, euro] = cast.keys();
const payers = [1, 1, 2, 2, 3, 3, frozen ?? 0];
const anyone = [...cast.keys(), ...payers, cast.length];

/** One operation as small numbers that shrink; `itemsOf` makes an item of it. */
export type Operation = {
  readonly does: string;
  readonly from: number;
  readonly to: number;
  readonly pick: number;
  readonly amount: bigint;
  readonly flag: boolean;
  readonly condition: Condition | null;
  /** Of a chain. */
  readonly parts: readonly Operation[];
};

const condition = fc.record<Condition>({
  of: fc.constantFrom('available', 'balance', 'version'),
  is: fc.constantFrom('at_least', 'at_most', 'equal'),
  value: fc.bigInt(0n, 30n),
});
const amount = fc.oneof(
  { weight: 20, arbitrary: fc.bigInt(1n, 60n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, -5n, 1_000_000_000_000_001n) },
);

function operationOf(does: fc.Arbitrary<string>, parts: fc.Arbitrary<Operation[]>) {
  return fc.record<Operation>({
    ...{ does, parts, amount, flag: fc.boolean(), pick: fc.nat(11) },
    from: fc.nat(payers.length - 1),
    to: fc.nat(payers.length - 1),
    condition: fc.option(condition, { freq: 2, nil: null }),
  });
}

const single = fc.constantFrom(
  ...['fund', 'fund', 'fund', 'pay', 'pay', 'pay', 'wild', 'wild', 'split', 'sweep', 'refill'],
  ...['hold', 'hold', 'hold', 'hold', 'capture', 'capture', 'capture', 'capture', 'void'],
  ...['reverse', 'reverse', 'reverse', 'odd'],
);
const part = operationOf(single, fc.constant([]));

/** 200 operations and a few, of every kind there is. */
export const arbitrarySequence = fc.array(
  operationOf(
    fc.oneof(
      { weight: 25, arbitrary: single },
      { weight: 2, arbitrary: fc.constant('chain') },
      { weight: 2, arbitrary: fc.constantFrom('repeat', 'alter') },
    ),
    fc.array(part, { maxLength: 4 }),
  ),
  { minLength: 200, maxLength: 210, size: 'max' },
);

/**
 * The items of a sequence on these accounts (in the order of the cast), with ids that begin with
 * `prefix`, eight hex digits. Effective times are around `nowMs`.
 */
export function itemsOf(
  sequence: readonly Operation[],
  accountIds: readonly bigint[],
  prefix: string,
  nowMs: number,
): LedgerItem[] {
  const items: LedgerItem[] = [];
  const world: World = {
    ...{ holds: [], transfers: [], nowMs },
    nextId: () => `${prefix}-0000-7000-8000-${(world.made += 1).toString(16).padStart(12, '0')}`,
    account: (position) => accountIds[position] ?? (accountIds[0] ?? 0n) + 1_000_000_000n,
    made: 0,
  };
  for (const operation of sequence) items.push(itemOf(operation, world, items));
  return items;
}

type World = {
  nextId(): string;
  account(position: number): bigint;
  holds: string[];
  transfers: string[];
  nowMs: number;
  made: number;
};

function itemOf(operation: Operation, world: World, items: readonly LedgerItem[]): LedgerItem {
  const { does, parts, pick, flag } = operation;
  if (does === 'repeat' || does === 'alter') {
    const earlier = items.at(-1 - pick);
    if (earlier === undefined) return singleOf({ ...operation, does: 'fund' }, world);
    if (does === 'repeat') return { ...earlier };
    return { type: 'void', id: earlier.id, holdId: world.nextId() };
  }
  if (does !== 'chain') return singleOf(operation, world);
  const id = world.nextId();
  const made = parts.map((piece) => singleOf(piece, world));
  const reused = items.at(-1 - pick);
  if (flag && pick === 0 && reused !== undefined) made.push({ ...voidOf(world), id: reused.id });
  return { type: 'chain', id, items: made };
}

function voidOf(world: World): SingleItem {
  return { type: 'void', id: world.nextId(), holdId: world.nextId() };
}

function singleOf(operation: Operation, world: World): SingleItem {
  const { does, pick, flag, amount: amountMinor } = operation;
  const id = world.nextId();
  const from = world.account(payers[operation.from] ?? 0);
  const to = world.account(payers[operation.to] ?? 0);
  switch (does) {
    case 'hold': {
      world.holds.push(id);
      const expiresInSeconds = pick === 11 ? 0 : 3_600;
      return {
        ...{ type: 'hold', id, accountId: from, amountMinor, currency: 'USD', paymentId: null },
        ...{ reason: flag ? 'review' : 'authorization', expiresInSeconds },
      };
    }
    case 'capture':
      return captureOf(operation, world, id);
    case 'void':
      return { type: 'void', id, holdId: world.holds.at(-1 - pick) ?? world.nextId() };
    case 'reverse': {
      const transferId = world.transfers.at(-1 - pick) ?? world.nextId();
      // Now and then a reversal is what is to be reversed.
      if (flag) world.transfers.push(id);
      return { type: 'reversal', id, transferId, intentId: null };
    }
  }
  world.transfers.push(id);
  const transfer = { type: 'transfer', id, paymentId: null, intentId: null } as const;
  return { ...transfer, ...movesOf(operation, world, from, to) };
}

function captureOf(operation: Operation, world: World, id: string): SingleItem {
  const { pick, flag, amount: amountMinor } = operation;
  const fee = { accountId: world.account(fees ?? 0), amountMinor: 1n };
  const main = { accountId: world.account(anyone[pick * 2] ?? 0), amountMinor };
  const usual = { ...main, accountId: world.account(shop ?? 0) };
  const target = pick > 3 ? usual : main;
  world.transfers.push(id);
  return {
    ...{ type: 'capture', id, kind: pick === 10 ? 'top_up' : 'payment', intentId: null },
    holdId: world.holds.at(-1 - (pick % 6)) ?? world.nextId(),
    to: pick === 11 ? [] : flag && pick % 2 === 0 ? [target, fee] : [target],
    final: flag,
  };
}

type Moves = Pick<TransferItem, 'kind' | 'legs'> & { effectiveAtMs?: number | null };

/** The legs of a transfer of every sort. */
function movesOf(operation: Operation, world: World, from: bigint, to: bigint): Moves {
  const { does, pick, flag, amount: amountMinor } = operation;
  const conditions = operation.condition === null || pick < 8 ? undefined : [operation.condition];
  const leg = (accountId: bigint, minor: bigint, currency = 'USD'): Leg => ({
    ...{ accountId, currency, amountMinor: minor },
    ...(conditions && { conditions }),
  });
  const at = (position: number | undefined) => world.account(position ?? 0);
  const upTo = { accountId: from, currency: 'USD', upToMinor: flag ? amountMinor : null };
  const rest = { currency: 'USD', rest: true } as const;
  switch (does) {
    case 'fund':
      return {
        kind: 'top_up',
        legs: [leg(at(bank), -amountMinor * 3n), leg(to, amountMinor * 3n)],
      };
    case 'pay':
      return { kind: 'payment', legs: [leg(from, -amountMinor), leg(to, amountMinor)] };
    case 'wild': {
      const [one, other] = [
        anyone[pick] ?? 0,
        anyone[(pick * 5 + operation.to) % anyone.length] ?? 0,
      ];
      const currency = cast[one]?.currency ?? 'USD';
      const legs = [leg(at(one), -amountMinor, currency), leg(at(other), amountMinor, currency)];
      return { kind: flag ? 'adjustment' : 'payment', legs };
    }
    case 'split': {
      const legs = [leg(from, -amountMinor - 1n), leg(at(shop), amountMinor), leg(at(fees), 1n)];
      const euros = [leg(at(euroBank), -amountMinor, 'EUR'), leg(at(euro), amountMinor, 'EUR')];
      const kind = flag ? 'adjustment' : 'payment';
      return { kind, legs: flag ? [...legs, ...euros] : legs };
    }
    case 'sweep':
      return { kind: 'payment', legs: [upTo, { ...rest, accountId: at(shop) }] };
    case 'refill': {
      const debts: Leg[] = [{ ...rest, accountId: at(pick % 3 === 0 ? bank : 1) }];
      if (pick === 1) debts.push({ ...rest, accountId: at(2) });
      return { kind: 'adjustment', legs: [upTo, ...debts, leg(at(shop), amountMinor)] };
    }
    default:
      return oddOf(operation, world, [leg(at(bank), -amountMinor), leg(to, amountMinor)]);
  }
}

/** Back-dated, unbalanced, of another currency, with closed accounts. */
function oddOf({ pick, flag, amount }: Operation, world: World, legs: Leg[]): Moves {
  const { nowMs } = world;
  const [first, ...others] = legs;
  const kind = 'top_up';
  if (pick < 4) return { kind, legs, effectiveAtMs: nowMs + (flag ? -86_400_000 : 86_400_000) };
  if (pick < 5 || first === undefined) return { kind, legs: others };
  const credit = { accountId: world.account(closed ?? 0), currency: 'USD', amountMinor: amount };
  if (pick < 7) return { kind, legs: [first, credit] };
  const foreign = { ...credit, accountId: world.account(euro ?? 0) };
  if (pick < 9) return { kind, legs: [first, foreign] };
  return { kind, legs: [first, ...others, { ...credit, accountId: world.account(1) }] };
}
