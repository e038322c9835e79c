import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAvroType } from './avro-types.ts';
import { createDecisionWriter } from './decision-writer.ts';
import { readSchema } from './schema-files.ts';
import { sampleDecision } from './testing/sample-records.ts';

const schema = readSchema('decision.avsc');
const type = createAvroType(schema);
const write = createDecisionWriter(schema);
/** PROPERTY_SEED plays another run; a failure prints the seed. */
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_611_125);

const features = fc.array(
  fc.option(
    fc.oneof(
      fc.bigInt({ min: 0n, max: 300n }),
      fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ),
  ),
  { maxLength: 250, size: 'max' },
);

test('writes, byte for byte, what avsc writes', () => {
  fc.assert(
    fc.property(features, fc.nat(40), (values, start) => {
      const decision = sampleDecision({ features: values });
      const buffer = Buffer.alloc(8_192, 0xff);
      const end = write(decision, buffer, start);
      expect(buffer.subarray(start, end)).toEqual(type.toBuffer(decision));
    }),
    { numRuns: 500, verbose: true, seed },
  );
});

test('asks for more room when there is not enough', () => {
  const decision = sampleDecision({ features: Array<bigint>(100).fill(1n) });
  const whole = type.toBuffer(decision).length;
  for (let size = 0; size < whole; size += 7)
    expect(write(decision, Buffer.alloc(size), 0)).toBeLessThan(0);
  const end = write(decision, Buffer.alloc(whole + 2_000), 0);
  expect(end).toBe(whole);
});
