import type { LedgerItem, PostResult, Refusal } from '../items.ts';

/** What happened how often, by a name for each class of outcome. */
export type Outcomes = Map<string, number>;

export function count(outcomes: Outcomes, item: LedgerItem, result: PostResult): void {
  const name = result.repeated ? 'repeated' : result.ok ? doneOf(item) : result.reason;
  outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
}

function doneOf(item: LedgerItem): string {
  if (item.type === 'capture') return item.final ? 'final capture' : 'capture';
  if (item.type !== 'transfer') return item.type;
  return item.legs.every((leg) => 'amountMinor' in leg) ? 'transfer' : 'open transfer';
}

/** Refusals that sequences cannot bring about: they have cases of their own. */
type Rare = 'malformed' | 'limit_exceeded';

const refusals: Readonly<Record<Exclude<Refusal, Rare>, true>> = {
  unknown_account: true,
  invalid_amount: true,
  invalid_effective_time: true,
  invalid_expiry: true,
  same_account: true,
  currency_mismatch: true,
  kind_not_allowed: true,
  account_closed: true,
  account_frozen: true,
  unbalanced: true,
  nothing_available: true,
  condition_failed: true,
  insufficient_funds: true,
  unknown_hold: true,
  hold_closed: true,
  hold_expired: true,
  hold_exceeded: true,
  unknown_transfer: true,
  already_reversed: true,
  not_reversible: true,
  empty_chain: true,
  id_reused: true,
};
const done = ['transfer', 'open transfer', 'hold', 'capture', 'final capture', 'void', 'reversal'];

/** Classes that occurred fewer than `least` times: a generator that misses one proves little. */
export function missingOutcomes(outcomes: Outcomes, least = 50): string[] {
  return [...Object.keys(refusals), ...done, 'chain', 'repeated']
    .filter((name) => (outcomes.get(name) ?? 0) < least)
    .map((name) => `${name}: ${outcomes.get(name) ?? 0}`);
}
