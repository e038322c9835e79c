import avro, { type Schema, type Type } from 'avsc';

// avsc 5.7.9 reads longs as doubles: below -2^52 it returns a wrong number without a word. All
// longs
// therefore are bigint, through a type of our own that reads the variable-length bytes itself. It
// is
// put in place by `typeHook`, because an entry in `registry` does not reach logical types.

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;
// The range of JavaScript's Date.
const TIMESTAMP_MAX_MS = 8_640_000_000_000_000;
// 7 bits a byte: up to 4 bytes fit into a 32-bit integer, up to 7 into a double without loss.
const INT_BYTES = 4;
const DOUBLE_BYTES = 7;
const LONG_MAX_BYTES = 10;

function unpackLong(packed: Buffer): bigint {
  if (packed.length <= DOUBLE_BYTES) return BigInt(unpackSmall(packed));
  let zigzag = 0n;
  for (let at = packed.length - 1; at >= 0; at--) {
    zigzag = (zigzag << 7n) | BigInt((packed[at] as number) & 0x7f);
  }
  if (packed.length > LONG_MAX_BYTES || zigzag >> 64n !== 0n) throw new Error('long out of range');
  return (zigzag >> 1n) ^ -(zigzag & 1n);
}

/** A zigzag number of at most seven bytes: |n| < 2^48. */
function unpackSmall(packed: Buffer): number {
  let zigzag = 0;
  if (packed.length <= INT_BYTES) {
    for (let at = packed.length - 1; at >= 0; at--) {
      zigzag = (zigzag << 7) | ((packed[at] as number) & 0x7f);
    }
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }
  for (let at = packed.length - 1; at >= 0; at--) {
    zigzag = zigzag * 128 + ((packed[at] as number) & 0x7f);
  }
  const half = Math.floor(zigzag / 2);
  return zigzag % 2 === 0 ? half : -half - 1;
}

// One buffer for each length: avsc copies the bytes before the next value is packed.
const packedBuffers = Array.from({ length: LONG_MAX_BYTES + 1 }, (_, size) => Buffer.alloc(size));
const packScratch = Buffer.alloc(LONG_MAX_BYTES);
// Below this a double holds the zigzag number exactly.
const EXACT = 2 ** 51;
const INT31 = 2 ** 31;

function packLong(value: bigint): Buffer {
  const number = Number(value);
  return number > -EXACT && number < EXACT ? packSmall(number) : packLarge(value);
}

// Numbers instead of bigints: four times as fast, and nearly every value is small.
function packSmall(value: number): Buffer {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let size = 0;
  for (; rest >= INT31; rest = Math.floor(rest / 128)) packScratch[size++] = (rest % 128) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) packScratch[size++] = (rest & 0x7f) | 0x80;
  packScratch[size++] = rest;
  return packed(size);
}

function packLarge(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  let size = 0;
  for (; rest > 0x7fn; rest >>= 7n) packScratch[size++] = Number(rest & 0x7fn) | 0x80;
  packScratch[size++] = Number(rest);
  return packed(size);
}

function packed(size: number): Buffer {
  const result = packedBuffers[size] as Buffer;
  for (let at = 0; at < size; at++) result[at] = packScratch[at] as number;
  return result;
}

function isLong(value: unknown): boolean {
  if (typeof value !== 'bigint') return false;
  const number = Number(value);
  if (number > -EXACT && number < EXACT) return true;
  return value >= LONG_MIN && value <= LONG_MAX;
}

const bigintLong = avro.types.LongType.__with(
  {
    fromBuffer: unpackLong,
    toBuffer: packLong,
    fromJSON: (value: number | string) => BigInt(value),
    toJSON: String,
    isValid: isLong,
    compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
  },
  true,
);

const isTimestamp = (value: unknown): boolean =>
  Number.isInteger(value) && Math.abs(value as number) <= TIMESTAMP_MAX_MS;

const timestampMillis = avro.types.LongType.__with(
  {
    fromBuffer: (packed: Buffer) => {
      const value = Number(unpackLong(packed));
      if (!isTimestamp(value)) throw new Error('timestamp out of range');
      return value;
    },
    toBuffer: (value: number) =>
      Math.abs(value) < EXACT ? packSmall(value) : packLarge(BigInt(value)),
    fromJSON: Number,
    toJSON: Number,
    isValid: isTimestamp,
    compare: (a: number, b: number) => Math.sign(a - b),
  },
  true,
);

type Tap = { readonly buf: Buffer; readonly pos: number; readLong(): number; skipLong(): void };
type KeyTap = Tap & { readString(): string; skipString(): void };
type Reader = { _read(tap: Tap): unknown; _skip(tap: Tap): void };

// avsc believes the item count a record states and would fill the memory from five broken bytes.
// Every item of our schemas takes at least one byte, so a larger count than bytes left is a lie.
function readCount(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong();
  }
  if (count > tap.buf.length - tap.pos) throw new Error('more items than bytes');
  return count;
}

class BoundedArrayType extends avro.types.ArrayType {
  // Also runs on avsc's resolvers, which carry an `itemsType` of their own.
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Reader;
    const values: unknown[] = [];
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      while (count-- > 0) values.push(items._read(tap));
    }
    return values;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Reader;
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      while (count-- > 0) items._skip(tap);
    }
  }
}

class BoundedMapType extends avro.types.MapType {
  _read(tap: KeyTap): Record<string, unknown> {
    const values = this.valuesType as Reader;
    const entries: Record<string, unknown> = {};
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      while (count-- > 0) {
        const key = tap.readString();
        entries[key] = values._read(tap);
      }
    }
    return entries;
  }

  _skip(tap: KeyTap): void {
    const values = this.valuesType as Reader;
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      while (count-- > 0) {
        tap.skipString();
        values._skip(tap);
      }
    }
  }
}

function hook(schema: unknown, options: unknown): Type | undefined {
  if (schema === 'long') return bigintLong;
  if (schema === null || typeof schema !== 'object' || !('type' in schema)) return undefined;
  switch (schema.type) {
    case 'long':
      return 'logicalType' in schema && schema.logicalType === 'timestamp-millis'
        ? timestampMillis
        : bigintLong;
    case 'array':
      return new BoundedArrayType(schema as Schema, options);
    case 'map':
      return new BoundedMapType(schema as Schema, options);
    default:
      return undefined;
  }
}

/** What every type of ours is made with. Copy it: avsc keeps the names it has seen in it. */
export const avroOptions = {
  typeHook: hook,
  wrapUnions: 'never',
  omitRecordMethods: true,
} as const;

/**
 * The avsc type of a schema: longs are bigint, `timestamp-millis` are numbers, unions are plain
 * values, and no record can make it allocate more than its own bytes justify.
 * @throws when the schema is not valid Avro
 */
export function createAvroType(schema: unknown): Type {
  return avro.Type.forSchema(schema as Schema, { ...avroOptions });
}
