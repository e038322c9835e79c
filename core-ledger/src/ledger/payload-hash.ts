import { hash } from 'node:crypto';
import type {
  BalancingLeg,
  CaptureItem,
  ChainItem,
  Condition,
  FixedLeg,
  HoldItem,
  LedgerItem,
  Leg,
  RestLeg,
  ReversalItem,
  SingleItem,
  TransferItem,
  VoidItem,
} from './items.ts';

/**
 * The first 16 bytes of SHA-256 over what an item asks for, as 32 hex digits: equal for the same
 * item however its properties are ordered and whether what it lacks is absent or null, and
 * different when anything differs that changes its meaning.
 */
export function payloadHashOf(item: LedgerItem): string {
  return hash('sha256', item.type === 'chain' ? chain(item) : single(item), 'hex').slice(0, 32);
}

// Every value says where it ends: a text has its length before it, a list its count, and a record
// all its fields in one order. So no two different items are written the same.
type Write<Value> = (value: Value) => string;
/** One for each property: the compiler refuses a property that nobody writes. */
type Fields<Item> = { readonly [Name in keyof Item]-?: Write<Item[Name]> };

const text: Write<string | null | undefined> = (value) =>
  value === null || value === undefined ? '-' : `${value.length}:${value}`;

const scalar: Write<bigint | number | boolean | null | undefined> = (value) =>
  value === null || value === undefined ? '-' : `${value};`;

function list<Value>(write: Write<Value>): Write<readonly Value[] | undefined> {
  return (values = []) => {
    let written = `${values.length}[`;
    for (const value of values) written += write(value);
    return written;
  };
}

function record<Item extends object>(fields: Fields<Item>): Write<Item> {
  // Sorted, so that moving a line of this file changes no hash.
  const names = (Object.keys(fields) as (keyof Item & string)[]).sort();
  const writers = names.map((name) => ({ name, write: fields[name] as Write<unknown> }));
  return (item) => {
    let written = '';
    for (const { name, write } of writers) written += write(item[name]);
    return written;
  };
}

const pairs = list<readonly [string, string]>(([name, value]) => text(name) + text(value));
const metadata: Write<Readonly<Record<string, string>> | null | undefined> = (value) =>
  value === null || value === undefined
    ? '-'
    : pairs(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

const condition = record<Condition>({ of: text, is: text, value: scalar });
const ofEveryLeg = { accountId: scalar, currency: text, conditions: list(condition) };
const fixedLeg = record<FixedLeg>({ ...ofEveryLeg, amountMinor: scalar });
const balancingLeg = record<BalancingLeg>({ ...ofEveryLeg, upToMinor: scalar });
const restLeg = record<RestLeg>({ ...ofEveryLeg, rest: scalar });

const leg: Write<Leg> = (value) => {
  if ('amountMinor' in value) return `f${fixedLeg(value)}`;
  return 'upToMinor' in value ? `b${balancingLeg(value)}` : `r${restLeg(value)}`;
};

const described = { id: text, type: text, reference: text, metadata };
const transfer = record<TransferItem>({
  ...described,
  ...{ kind: text, paymentId: text, intentId: text, legs: list(leg), effectiveAtMs: scalar },
});
const hold = record<HoldItem>({
  ...described,
  ...{ accountId: scalar, amountMinor: scalar, currency: text, paymentId: text, reason: text },
  expiresInSeconds: scalar,
});
const credit = record<CaptureItem['to'][number]>({ accountId: scalar, amountMinor: scalar });
const capture = record<CaptureItem>({
  ...described,
  ...{ holdId: text, kind: text, intentId: text, to: list(credit), final: scalar },
});
const release = record<VoidItem>({ ...described, holdId: text });
const reversal = record<ReversalItem>({ ...described, transferId: text, intentId: text });

const single: Write<SingleItem> = (item) => {
  switch (item.type) {
    case 'transfer':
      return transfer(item);
    case 'hold':
      return hold(item);
    case 'capture':
      return capture(item);
    case 'void':
      return release(item);
    case 'reversal':
      return reversal(item);
  }
};

const chain = record<ChainItem>({ type: text, id: text, items: list(single) });
