/**
 * One growing buffer per column: a one-dimensional array parameter in PostgreSQL's binary format
 * (source: array_recv), for `unnest($1::uuid[], …)`. Text arrays cost the batch writers almost
 * half of their processor time. Buffers are reused from batch to batch: take `value` only to send
 * it at once.
 */
const headerBytes = 20;
/** Large enough for most columns of a batch of 500; doubled when it is not. */
const firstBytes = 16_384;
/** PostgreSQL counts microseconds from 2000-01-01. */
const epochOffsetMs = 946_684_800_000;

class Column {
  private readonly elementType: number;
  private nulls = 0;
  private rows = 0;
  protected buffer: Buffer = Buffer.allocUnsafe(firstBytes);
  protected end = headerBytes;

  constructor(elementType: number) {
    this.elementType = elementType;
  }

  /** Makes room for a value of `bytes` bytes and writes its length; the caller writes the rest. */
  protected begin(bytes: number): void {
    this.room(bytes + 4);
    this.rows += 1;
    this.end = this.buffer.writeInt32BE(bytes, this.end);
  }

  protected room(bytes: number): void {
    const needed = this.end + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, needed));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }

  addNull(): void {
    this.room(4);
    this.rows += 1;
    this.nulls = 1;
    this.end = this.buffer.writeInt32BE(-1, this.end);
  }

  reset(): void {
    this.rows = 0;
    this.nulls = 0;
    this.end = headerBytes;
  }

  get count(): number {
    return this.rows;
  }

  /** The parameter: dimensions, null flag, element type, length, lower bound, elements. */
  get value(): Buffer {
    const { buffer } = this;
    // An empty array has no dimension at all.
    buffer.writeInt32BE(this.rows === 0 ? 0 : 1, 0);
    buffer.writeInt32BE(this.nulls, 4);
    buffer.writeInt32BE(this.elementType, 8);
    if (this.rows === 0) return buffer.subarray(0, 12);
    buffer.writeInt32BE(this.rows, 12);
    buffer.writeInt32BE(1, 16);
    return buffer.subarray(0, this.end);
  }
}

class Int2Column extends Column {
  constructor() {
    super(21);
  }
  add(value: number | null): void {
    if (value === null) return this.addNull();
    this.begin(2);
    this.end = this.buffer.writeInt16BE(value, this.end);
  }
}

class Int4Column extends Column {
  constructor() {
    super(23);
  }
  add(value: number | null): void {
    if (value === null) return this.addNull();
    this.begin(4);
    this.end = this.buffer.writeInt32BE(value, this.end);
  }
}

class Int8Column extends Column {
  constructor() {
    super(20);
  }
  add(value: bigint | null): void {
    if (value === null) return this.addNull();
    this.begin(8);
    this.end = this.buffer.writeBigInt64BE(value, this.end);
  }
}

class BoolColumn extends Column {
  constructor() {
    super(16);
  }
  add(value: boolean | null): void {
    if (value === null) return this.addNull();
    this.begin(1);
    this.end = this.buffer.writeUInt8(value ? 1 : 0, this.end);
  }
}

/** Takes milliseconds since 1970. */
class TimestamptzColumn extends Column {
  constructor() {
    super(1184);
  }
  add(ms: number | null): void {
    if (ms === null) return this.addNull();
    this.begin(8);
    // Microseconds stay below 2^53 until the year 2255; two 32-bit halves are faster than a bigint.
    const micros = Math.round((ms - epochOffsetMs) * 1000);
    this.end = this.buffer.writeInt32BE(Math.floor(micros / 0x1_0000_0000), this.end);
    this.end = this.buffer.writeUInt32BE(micros >>> 0, this.end);
  }
}

class ByteaColumn extends Column {
  constructor() {
    super(17);
  }
  add(value: Uint8Array | null): void {
    if (value === null) return this.addNull();
    this.begin(value.length);
    this.buffer.set(value, this.end);
    this.end += value.length;
  }
}

class TextColumn extends Column {
  constructor() {
    super(25);
  }
  add(value: string | null): void {
    if (value === null) return this.addNull();
    // A UTF-16 unit takes at most three bytes; the length is known after writing.
    this.room(4 + value.length * 3);
    const start = this.end;
    this.begin(0);
    const bytes = this.buffer.write(value, this.end);
    this.buffer.writeInt32BE(bytes, start);
    this.end += bytes;
  }
}

const hexDigits = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit;
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

class UuidColumn extends Column {
  constructor() {
    super(2950);
  }
  /** Takes the 36-character form; anything else is a RangeError. */
  add(value: string | null): void {
    if (value === null) return this.addNull();
    if (value.length !== 36) throw new RangeError(`not a uuid: "${value}"`);
    this.begin(16);
    let bad = 0;
    for (let at = 0; at < 36; at += 2) {
      if (at === 8 || at === 13 || at === 18 || at === 23) {
        bad |= value.charCodeAt(at) ^ 45;
        at += 1;
      }
      const high = hexDigits[value.charCodeAt(at)] ?? -1;
      const low = hexDigits[value.charCodeAt(at + 1)] ?? -1;
      bad |= (high | low) & 128;
      this.buffer[this.end] = (high << 4) | low;
      this.end += 1;
    }
    if (bad !== 0) throw new RangeError(`not a uuid: "${value}"`);
  }
}

const columnTypes = {
  int2: Int2Column,
  int4: Int4Column,
  int8: Int8Column,
  bool: BoolColumn,
  timestamptz: TimestamptzColumn,
  bytea: ByteaColumn,
  text: TextColumn,
  uuid: UuidColumn,
};

export type ColumnType = keyof typeof columnTypes;

/** Columns by name, as their types say. */
export type Columns<Shape extends Record<string, ColumnType>> = {
  readonly [Name in keyof Shape]: InstanceType<(typeof columnTypes)[Shape[Name]]>;
};

/** Empty columns of the given types. */
export function createColumns<const Shape extends Record<string, ColumnType>>(
  shape: Shape,
): Columns<Shape> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, type]) => [name, new columnTypes[type]()]),
  ) as Columns<Shape>;
}
