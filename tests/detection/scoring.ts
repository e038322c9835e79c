import { features, type Lists, type RuleSet, type ScreenedPayment } from '@wallet/core-ledger';
import { createCounters, scorePayment, velocityPlan } from '@wallet/streams';
import { labelDelayDays } from './published-features.ts';
import { dayOf, daySeconds, firstMidnightMs, type History } from './simulator.ts';

/**
 * When the counters of disputes learn of a fraud. `arrived`: a week after the payment, as it was.
 * `as_of_now`: at the payment itself, as a query over the table of today would have it.
 */
export type Labels = 'arrived' | 'as_of_now';

/** No window reaches further back: 30 days, the label's delay, and a week of the test. */
const warmUpDays = 45;

/**
 * Plays the history up to the last test payment through the product's counters and its scoring, and
 * answers the scores of the test payments.
 */
export function scoresOf(
  history: History,
  test: Int32Array,
  { ruleSet, labels }: { ruleSet: RuleSet; labels: Labels },
): Float64Array {
  const counters = createCounters(velocityPlan(ruleSet));
  const values = new Float64Array(features.length);
  const delayMs = labels === 'arrived' ? labelDelayDays * daySeconds * 1_000 : 0;
  const scores = new Float64Array(test.length);
  const firstDay = dayOf(history.seconds[test[0] ?? 0] ?? 0) - warmUpDays;
  const begin = history.seconds.findIndex((seconds) => dayOf(seconds) >= firstDay);
  let told = begin;
  let row = 0;
  for (let at = begin; row < test.length; at += 1) {
    const payment = paymentAt(history, at);
    const atMs = payment.accepted_at;
    for (; told < history.size && timeMs(history, told) + delayMs <= atMs; told += 1)
      if (history.scenario[told] !== 0)
        counters.record({
          ...{ kind: 'disputed', parties: paymentAt(history, told) },
          ...{ amountMinor: history.amountMinor[told] ?? 0, atMs: timeMs(history, told) + delayMs },
        });
    values.fill(NaN);
    const amountMinor = Number(payment.amount_minor);
    counters.count({ payment, amountMinor, atMs, features: values });
    if (test[row] !== at) continue;
    const input = { payment, features: values, degraded: false, decidedAtMs: atMs, ...noLists };
    scores[row] = scorePayment({ ...input, ruleSet }).score;
    row += 1;
  }
  return scores;
}

const noLists = { lists: new Map() as Lists, listsVersion: 0, countersUs: 0 };
/** The simulator knows no devices, addresses or cards. */
const noContext = { ip: null, device_id: null, card_bin: null, card_fingerprint: null } as const;

const timeMs = ({ seconds }: History, at: number): number =>
  firstMidnightMs + (seconds[at] ?? 0) * 1_000;

function paymentAt(history: History, at: number): ScreenedPayment {
  const customer = `customer-${history.customer[at]}`;
  const terminal = `terminal-${history.terminal[at]}`;
  return {
    ...{ payer_id: customer, payer_wallet_id: customer },
    ...{ payee_id: terminal, payee_wallet_id: terminal },
    ...{ amount_minor: BigInt(history.amountMinor[at] ?? 0), currency: 'USD' },
    ...{ capture: 'automatic', reference: null, context: { ...noContext, country: null } },
    accepted_at: timeMs(history, at),
  };
}
