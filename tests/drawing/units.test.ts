import { expect, test } from '@jest/globals';
import { readable } from './units.ts';

test.each([
  [0.0000421, 's', '42.1 µs'],
  [0.25, 's', '250 ms'],
  [59.94, 's', '59.9 s'],
  [7_776_000, 's', '90 days'],
  [0.9994, 'percentunit', '99.9 %'],
  [1_536, 'bytes', '1.5 KiB'],
  [2_048_000, 'short', '2.05M'],
  [12, 'reqps', '12/s'],
  [0, 's', '0 s'],
  [Number.NaN, 'none', '–'],
] as const)('%p %s reads %s', (value, unit, text) => {
  expect(readable(value, unit)).toBe(text);
});
