import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchOf, itemOf, netOf } from './batch.ts';
import { decideBankLine } from './bank-line.ts';
import { inTransitOf, settlementStates } from './settlement.ts';
import type { Settlement, SettlementTarget } from './settlement.ts';
import type { Standing } from './standing.ts';
import { balancesOf, bookWith, batchOfNet, shop, standing } from './testing/settlement-cases.ts';
import { decideTransition } from './transition.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now());
const targets = ['submitted', 'settled', 'failed', 'returned', 'aborted'] as const;
const net = 100n;

type Step =
  | { by: 'operator'; target: SettlementTarget; amountMinor: bigint; actorId: string }
  | { by: 'bank'; isCredit: boolean; amountMinor: bigint };

const amount = fc.constantFrom(0n, 1n, 40n, 60n, 100n, 101n, 250n);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    by: fc.constant('operator' as const),
    target: fc.constantFrom(...targets),
    amountMinor: amount,
    actorId: fc.constantFrom('maker', 'other'),
  }),
  fc.record({
    by: fc.constant('bank' as const),
    isCredit: fc.boolean(),
    amountMinor: amount.filter((minor) => minor > 0n),
  }),
);

/** Plays the steps on one batch; answers what became of it and what the lines said. */
function play(steps: readonly Step[]) {
  const book = bookWith(net);
  let [batch, own]: [Settlement, Standing] = [batchOfNet(net), standing];
  const told = { debits: 0n, credits: 0n, unplaced: 0n, overpaid: 0n };
  const ways = new Set<string>();
  for (const [place, one] of steps.entries()) {
    const found = { settlement: batch, standing: own, wallet: shop };
    const [before, intentId] = [batch, `step ${place}`];
    if (one.by === 'operator') {
      const order = { ...one, intentId, isOfPaid: false, reference: null };
      const outcome = decideTransition(order, { ...found, book });
      if (!outcome.ok) continue;
      [batch, own] = [outcome.settlement, outcome.standing];
      ways.add(`${before.status} ${one.target} ${batch.status}`);
    } else {
      const { isCredit, amountMinor } = one;
      const decision = decideBankLine(
        {
          ...{ id: `line ${place}`, statementId: intentId, bankReference: `line ${place}` },
          ...{ reference: null, isCredit, amountMinor, currency: 'USD' },
        },
        found,
        { id: intentId, actorId: 'maker', acceptedAtMs: place + 1 },
        { platform: shop.platform, book },
      );
      told[isCredit ? 'credits' : 'debits'] += amountMinor;
      told.unplaced += isCredit ? decision.unplacedMinor : -decision.unplacedMinor;
      own = decision.action?.standing ?? own;
      batch = decision.settlement ?? batch;
      // No merchant gets what a bank brings back of what nobody owed.
      const isBack = isCredit && decision.action !== null;
      expect(isBack ? decision.settlement?.overpaidMinor : 0n).toBe(0n);
      told.overpaid += isCredit ? 0n : decision.unplacedMinor;
      if (decision.action !== null) {
        ways.add(`${before.status} ${isCredit ? 'returned' : 'settled'} ${batch.status}`);
      }
    }
  }
  return { book, batch, own, told, ways };
}

test(`whatever operators and banks say, money is in one place (PROPERTY_SEED=${seed})`, () => {
  const waysFound = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { book, batch, own, told, ways } = play(steps);
      const { available, transit, bank, suspense } = balancesOf(book);
      const isSent = batch.status !== 'pending_approval' && batch.status !== 'aborted';
      const { confirmedMinor, returnedMinor, bankedMinor } = batch;
      const away = isSent ? net - returnedMinor : 0n;
      expect({ available, transit, suspense }).toEqual({
        ...{ available: net - away, transit: inTransitOf(batch), suspense: told.unplaced },
      });
      // The bank's account is what the bank has said, and what operators have said before it.
      expect(bank).toBe(told.debits - told.credits + confirmedMinor - bankedMinor);
      expect(own.carriedMinor).toBe(returnedMinor);
      expect(batch.overpaidMinor >= 0n && batch.overpaidMinor <= told.overpaid).toBe(true);
      expect(confirmedMinor + returnedMinor <= net).toBe(true);
      for (const way of ways) waysFound.add(way);
    }),
    { seed, numRuns: 3_000 },
  );
  // Exactly the rows of the table that a person or a bank can make were walked.
  const rows = settlementStates.rows.filter(({ action }) => action !== 'decide');
  expect([...waysFound].sort()).toEqual(
    [...new Set(rows.map(({ from, action, to }) => `${from} ${action} ${to}`))].sort(),
  );
});

const minor = fc.bigInt(-1_000_000n, 1_000_000n);
const movement = fc.record({
  transferId: fc.uuid(),
  kind: fc.constantFrom(
    ...(['payment', 'refund', 'dispute', 'dispute_won', 'dispute_reversal'] as const),
    ...(['top_up', 'adjustment'] as const),
  ),
  paymentId: fc.constant(null),
  amountMinor: minor,
  feeMinor: minor,
  postedAtMs: fc.nat(),
});

test(`a report adds up, and pays no more than there is (PROPERTY_SEED=${seed})`, () => {
  const given = fc.record({ carriedInMinor: minor, availableMinor: fc.bigInt(0n, 2_000_000n) });
  const least = fc.bigInt(0n, 500_000n);
  fc.assert(
    fc.property(fc.array(movement, { maxLength: 30 }), given, least, (moved, has, minimumMinor) => {
      const items = moved.map(itemOf);
      for (const [place, item] of items.entries())
        expect(netOf(item)).toBe(moved[place]?.amountMinor);
      const batch = batchOf(items, { ...has, minimumMinor });
      const { grossMinor, refundsMinor, disputesMinor, feesMinor, carriedMinor, netMinor } = batch;
      expect(grossMinor - refundsMinor - disputesMinor - feesMinor + carriedMinor).toBe(netMinor);
      const sum = moved.reduce((total, { amountMinor }) => total + amountMinor, 0n);
      // Nothing is lost: what came in, and what moved, goes out or is carried on.
      expect(has.carriedInMinor + sum).toBe(netMinor + batch.carriedOutMinor);
      expect(netMinor <= has.availableMinor).toBe(true);
      expect(netMinor === 0n || netMinor >= minimumMinor).toBe(true);
    }),
    { seed, numRuns: 1_000 },
  );
});
