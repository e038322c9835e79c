import { createAfter } from './after.ts';
import { createCases } from './cases.ts';
import type { Act } from './behaviour.ts';
import type { Desk } from './desk.ts';
import { createPaying } from './paying.ts';
import type { Payouts } from './payouts.ts';
import { createProbing } from './probing.ts';
import type { Staff } from './staff.ts';
import type { Tally } from './tally.ts';

export type Performer = {
  /**
   * Does it, and takes down the answer.
   * @param key new for each act, and among all runs
   * @param dueAtMs when it was due, by `performance.now()`: latencies count from there
   */
  perform(act: Act, key: string, dueAtMs: number): Promise<void>;
};

/** Turns acts into requests and answers into entries of our books. */
export function createPerformer(
  desk: Desk,
  tally: Tally,
  { staff, payouts }: { staff: Staff | null; payouts: Payouts },
): Performer {
  const paying = createPaying(desk);
  const probing = createProbing(desk);
  const after = createAfter(desk);
  const cases = createCases(desk, staff);

  const performOne = async (act: Act, key: string): Promise<unknown> => {
    switch (act.kind) {
      case 'purchase':
      case 'transfer':
        return paying.pay(act.kind, act.order, key, act.waitSeconds);
      case 'overdraw':
        return paying.pay(act.kind, act.order, key, null);
      case 'double_click':
        return paying.doubleClick(act.order, key);
      case 'top_up':
        return paying.topUp({ kind: 'customer', index: act.customer }, act.amountMinor, key);
      case 'capture':
      case 'cancel':
      case 'refund':
        return after.act(act, key);
      case 'withdrawal':
        return cases.withdraw(act, key);
      case 'dispute':
        return cases.dispute(act.rank, act.share, key);
      case 'decision':
        return cases.decide(act.rank, act.share, key);
      case 'review':
        return cases.review(act.rank, act.share, key);
      case 'ticket':
        return cases.ask(act.rank, key);
      case 'payout':
        return payouts.payOut(act, key);
      case 'repeat':
        return probing.repeat(act.rank, act.waitSeconds);
      case 'altered_repeat':
        return probing.alteredRepeat(act.rank);
      case 'look':
      case 'foreign_look':
        return probing.look(act.kind, act.rank);
      case 'foreign_wallet':
        return probing.payFromForeign(act.order, key);
      case 'bad_request':
        return probing.sendBad(act.fault, act.order, key);
    }
  };

  return {
    async perform(act, key, dueAtMs) {
      const waits = act.kind === 'payout' || ('waitSeconds' in act && act.waitSeconds !== null);
      try {
        await performOne(act, key);
      } finally {
        tally.done += 1;
        // Of a double click one is told to come again a second later: no measure of the edge.
        if (act.kind !== 'double_click') {
          (waits ? tally.waited : tally.http).add(performance.now() - dueAtMs);
        }
      }
    },
  };
}
