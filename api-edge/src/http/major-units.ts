import { dinero, toDecimal } from 'dinero.js/bigint';
import * as currencies from 'dinero.js/bigint/currencies';

function currencyOf(code: string) {
  return currencies[code as keyof typeof currencies];
}

/** An amount as messages of banks have it: in major units, with a dot. */
export function decimalOf(minor: bigint, code: string): string {
  return toDecimal(dinero({ amount: minor, currency: currencyOf(code) }));
}

/** The minor units of an amount in major ones; null when it is none, or finer than the currency. */
export function minorOf(decimal: string, code: string): bigint | null {
  const found = /^(\d{1,16})(?:\.(\d{1,8}))?$/.exec(decimal);
  const exponent = code in currencies ? Number(currencyOf(code).exponent) : -1;
  const [, whole = '', fraction = ''] = found ?? [];
  const kept = fraction.replace(/0+$/, '');
  if (found === null || exponent < kept.length) return null;
  return BigInt(whole + kept.padEnd(exponent, '0'));
}
