import { memberOf, type Person, type Resident } from '../support/api.ts';
import type { System } from '../support/system.ts';

/** Everybody who gives commands. */
export type Cast = {
  readonly customers: readonly Resident[];
  readonly merchants: readonly Resident[];
  readonly operators: readonly Person[];
  readonly analysts: readonly Person[];
  readonly support: Person;
};

const customerCount = 24;
const merchantCount = 8;
const fundsMinor = 20_000_000;
/** These soon have nothing left. */
const poorCount = 4;
const poorFundsMinor = 20_000;

/**
 * Customers with money, merchants of whom half have what they take at once and half after a day,
 * and the sandbox's staff.
 */
export async function gatherCast({ api }: System): Promise<Cast> {
  const staff = api.seeded;
  const operators = await Promise.all([staff('operator1'), staff('operator2')]);
  const [support, ...analysts] = await Promise.all(['support1', 'analyst1', 'analyst2'].map(staff));
  const [operator] = operators;
  if (support === undefined || operator === undefined) throw new Error('the sandbox has no staff');
  const customers: Resident[] = [];
  while (customers.length < customerCount) {
    const few = Array.from({ length: 4 }, (_, at) =>
      api.customerWith(customers.length + at < poorCount ? poorFundsMinor : fundsMinor),
    );
    customers.push(...(await Promise.all(few)));
  }
  const merchants = await Promise.all(
    Array.from({ length: merchantCount }, () => api.register('merchant')),
  );
  const atOnce = { mode: 'gross_immediate', clearing_seconds: 0, minimum_minor: 0 };
  for (const { walletId } of merchants.slice(0, merchantCount / 2)) {
    const path = `/merchants/${walletId}/settlement-settings`;
    memberOf(await operator.put(path, atOnce), 200, 'mode');
  }
  return { customers, merchants, operators, analysts, support };
}
