import avro from 'avsc';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAvroType } from './avro-types.ts';

const long = createAvroType('long');
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
// Printed by fast-check when a property fails; fixed so that a failure can be repeated.
const seed = 20_260_801;

describe('longs', () => {
  test('every 64-bit number survives', () => {
    fc.assert(
      fc.property(fc.bigInt(INT64), (value) => {
        expect(long.fromBuffer(long.toBuffer(value))).toBe(value);
      }),
      { seed, numRuns: 2_000, examples: [[INT64.min], [INT64.max], [-1n], [0n], [2n ** 48n]] },
    );
  });

  test('the bytes are those of plain Avro', () => {
    const plain = avro.Type.forSchema('long');
    for (const value of [0, 1, -1, 63, 64, -64, -65, 1e6, -1e6, 2 ** 31, -(2 ** 40), 2 ** 51]) {
      expect(long.toBuffer(BigInt(value))).toEqual(plain.toBuffer(value));
    }
  });

  test('plain avsc corrupts what ours keeps', () => {
    const value = -(2n ** 52n) - 1n;
    const bytes = long.toBuffer(value);
    expect(BigInt(avro.Type.forSchema('long').fromBuffer(bytes) as number)).not.toBe(value);
    expect(long.fromBuffer(bytes)).toBe(value);
  });

  test.each([1, 1.5, '1', null, undefined, 2n ** 63n, -(2n ** 63n) - 1n])(
    '%p is refused',
    (value) => {
      expect(() => long.toBuffer(value)).toThrow();
    },
  );

  test('a logical type is a bigint too, also inside a union and an array', () => {
    const money = createAvroType({
      type: 'record',
      name: 'Money',
      fields: [
        { name: 'amount', type: { type: 'long', logicalType: 'minor-units' } },
        { name: 'parts', type: { type: 'array', items: ['null', 'long'] } },
      ],
    });
    const value = { amount: 2n ** 60n, parts: [null, -5n] };
    expect({ ...(money.fromBuffer(money.toBuffer(value)) as object) }).toEqual(value);
  });

  test('a number of more than 64 bits is refused', () => {
    expect(() => long.fromBuffer(Buffer.alloc(11, 0xff).fill(1, 10)) as unknown).toThrow();
    expect(() => long.fromBuffer(Buffer.from('ffffffffffffffffff7f', 'hex')) as unknown).toThrow();
  });
});

describe('timestamps', () => {
  const timestamp = createAvroType({ type: 'long', logicalType: 'timestamp-millis' });

  test('are numbers', () => {
    expect(timestamp.fromBuffer(timestamp.toBuffer(1_790_000_000_123))).toBe(1_790_000_000_123);
  });

  test('beyond the range of dates are refused', () => {
    expect(() => timestamp.fromBuffer(long.toBuffer(2n ** 60n)) as unknown).toThrow('out of range');
    expect(() => timestamp.toBuffer(1n)).toThrow();
  });
});

describe('counts that lie', () => {
  const items = createAvroType({ type: 'array', items: ['null', 'long'] });
  const map = createAvroType({ type: 'map', values: 'string' });

  test.each([
    ['array', items],
    ['map', map],
  ])('an %s of more items than bytes is refused at once', (_, type) => {
    for (const count of [2n ** 40n, -(2n ** 40n), 100n]) {
      const lie = Buffer.concat([long.toBuffer(count), Buffer.alloc(3)]);
      expect(() => type.fromBuffer(lie) as unknown).toThrow('more items than bytes');
    }
  });

  test.each([
    ['array', { type: 'array', items: ['null', 'long'] }],
    ['map', { type: 'map', values: 'string' }],
  ])('an %s that is passed over does not lie either', (_, type) => {
    const record = (fields: object[]) => createAvroType({ type: 'record', name: 'r', fields });
    const writer = record([{ name: 'gone', type }]);
    const reader = record([]);
    for (const count of [2n ** 40n, -(2n ** 40n), 100n]) {
      const lie = Buffer.concat([long.toBuffer(count), Buffer.alloc(3)]);
      const read = () => reader.fromBuffer(lie, reader.createResolver(writer)) as unknown;
      expect(read).toThrow('more items than bytes');
    }
    const values = type.type === 'map' ? { one: 'a', two: 'b' } : [1n, null, 3n];
    const whole = writer.toBuffer({ gone: values });
    expect(reader.fromBuffer(whole, reader.createResolver(writer))).toEqual({});
  });

  test('true counts are read, in one block and in several', () => {
    const block = (values: bigint[]) =>
      Buffer.concat([
        long.toBuffer(BigInt(values.length)),
        ...values.flatMap((value) => [long.toBuffer(1n), long.toBuffer(value)]),
      ]);
    const end = long.toBuffer(0n);
    expect(items.fromBuffer(Buffer.concat([block([1n, 2n]), block([3n]), end]))).toEqual([
      1n,
      2n,
      3n,
    ]);
    expect(map.fromBuffer(map.toBuffer({ a: 'b', c: 'd' }))).toEqual({ a: 'b', c: 'd' });
  });
});
