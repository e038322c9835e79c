import { transferKinds } from './chart.ts';
import type { LedgerItem, SingleItem } from './items.ts';

/** More legs, items of a chain or credits of a capture than anybody needs. */
const maximumCount = 1_000;
/** Characters of a reference, of a name or a value of the metadata. */
const maximumText = 1_000;
const maximumMetadata = 50;
const maximumId = (1n << 63n) - 1n;
/** Amounts are bounded by rules; this keeps what is not even a number of the database out. */
const maximumInteger = (1n << 63n) - 1n;

/**
 * Is the item made as its type says, so that the database can be asked about it? It comes from
 * callers the compiler does not know; one that is not is refused as `malformed`, alone, before
 * anything of its batch is loaded. Whether it is allowed is for the book to say.
 */
export function isWellFormed(item: unknown): item is LedgerItem {
  if (!isRecord(item)) return false;
  if (item.type !== 'chain') return isSingle(item);
  return isId(item.id) && isList(item.items, isSingle);
}

type Check = (value: unknown) => boolean;
type Unknown = Readonly<Record<string, unknown>>;

function isSingle(item: unknown): boolean {
  if (!isRecord(item) || !isKey(fieldsOf, item.type)) return false;
  return matches(item, described) && matches(item, fieldsOf[item.type]);
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isId: Check = (value) => typeof value === 'string' && uuid.test(value);
const isIdOrNull: Check = (value) => value === null || isId(value);
const isAccountId: Check = (value) => typeof value === 'bigint' && value > 0n && value <= maximumId;
const isInteger: Check = (value) =>
  typeof value === 'bigint' && value <= maximumInteger && value >= -maximumInteger;
const isCurrency: Check = (value) => typeof value === 'string' && value.length === 3;
/** PostgreSQL stores no NUL, and half a surrogate pair is no character. */
const isText: Check = (value) =>
  typeof value === 'string' &&
  value.length <= maximumText &&
  !value.includes('\u0000') &&
  value.isWellFormed();
const isKind: Check = (value) => isKey(transferKinds, value);

function isOneOf(...values: string[]): Check {
  return (value) => typeof value === 'string' && values.includes(value);
}

function isOptional(check: Check): Check {
  return (value) => value === undefined || value === null || check(value);
}

function isListOf(check: Check): Check {
  return (value) => isList(value, check);
}

function isList(value: unknown, check: Check): boolean {
  return Array.isArray(value) && value.length <= maximumCount && value.every(check);
}

function isMadeOf(checks: Record<string, Check>): Check {
  const fields = Object.entries(checks);
  return (value) => isRecord(value) && matches(value, fields);
}

type Fields = readonly (readonly [name: string, check: Check])[];

function matches(value: Unknown, fields: Fields): boolean {
  for (const [name, check] of fields) if (!check(value[name])) return false;
  return true;
}

function isRecord(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null;
}

function isKey<Table extends object>(table: Table, key: unknown): key is keyof Table & string {
  return typeof key === 'string' && Object.hasOwn(table, key);
}

const isMetadata: Check = (value) => {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= maximumMetadata && entries.flat().every(isText);
};

const isCondition = isMadeOf({
  of: isOneOf('available', 'balance', 'version'),
  is: isOneOf('at_least', 'at_most', 'equal'),
  value: isInteger,
});

/** Exactly one of the three says how much. */
const isLeg: Check = (value) => {
  if (!isRecord(value) || !matches(value, ofEveryLeg)) return false;
  const isFixed = 'amountMinor' in value;
  const isBalancing = 'upToMinor' in value;
  const isRest = 'rest' in value;
  if (isFixed) return !isBalancing && !isRest && isInteger(value.amountMinor);
  if (isBalancing) return !isRest && isOptionalInteger(value.upToMinor);
  return value.rest === true;
};
const isOptionalInteger = isOptional(isInteger);

const ofEveryLeg = Object.entries({
  accountId: isAccountId,
  currency: isCurrency,
  conditions: (value: unknown) => value === undefined || isList(value, isCondition),
});

const described = Object.entries({
  ...{ id: isId, reference: isOptional(isText), metadata: isOptional(isMetadata) },
});

const fieldsOf: Readonly<Record<SingleItem['type'], Fields>> = {
  transfer: Object.entries({
    ...{ kind: isKind, paymentId: isIdOrNull, intentId: isIdOrNull, legs: isListOf(isLeg) },
    effectiveAtMs: isOptional(Number.isSafeInteger),
  }),
  hold: Object.entries({
    ...{ accountId: isAccountId, amountMinor: isInteger, currency: isCurrency },
    ...{ paymentId: isIdOrNull, reason: isOneOf('review', 'authorization') },
    expiresInSeconds: Number.isSafeInteger,
  }),
  capture: Object.entries({
    ...{ holdId: isId, kind: isKind, intentId: isIdOrNull },
    to: isListOf(isMadeOf({ accountId: isAccountId, amountMinor: isInteger })),
    final: (value: unknown) => typeof value === 'boolean',
  }),
  void: [['holdId', isId]],
  reversal: Object.entries({ transferId: isId, intentId: isIdOrNull }),
};
