import { describe, expect, test } from '@jest/globals';
import { createBook } from '../ledger/book.ts';
import { account } from '../ledger/testing/book-cases.ts';
import { defaultMerchantSettings } from '../merchants/settings.ts';
import { statusesOf } from '../states/state-table.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { settlementStates } from './settlement.ts';
import type { Settlement, SettlementStatus, SettlementTarget } from './settlement.ts';
import type { Standing } from './standing.ts';
import { decideTransition } from './transition.ts';

const netMinor = 1_000n;
const targets: readonly SettlementTarget[] = [
  ...(['submitted', 'settled', 'failed', 'returned', 'aborted'] as const),
];
const statuses = statusesOf(settlementStates).filter((status) => status !== 'pending');

const shop: WalletFacts = {
  ...{ walletId: 'shop', ownerId: 'o', kind: 'merchant', currency: 'USD' },
  platform: { in_transit: 5n, bank: 6n, suspense: 7n } as unknown as WalletFacts['platform'],
  accounts: { merchant_pending: 3n, merchant_available: 4n },
};

/** Whatever has happened to it before, nothing stands against it but its status. */
const bookOf = () =>
  createBook({
    accounts: [
      account(4, 5_000n, { kind: 'merchant_available' }),
      account(5, 5_000n, { kind: 'in_transit', limitMinor: null }),
      account(6, 5_000n, { kind: 'bank', limitMinor: null }),
      account(7, 0n, { kind: 'suspense', limitMinor: null }),
    ],
  });

const none = [0n, 0n, 0n, 0n] as const;
const standing: Standing = {
  ...{ walletId: 'shop', settings: defaultMerchantSettings, carriedMinor: 0n, cuts: none },
  ...{ tops: none, seenVersion: 0n, movements: null, isPartial: false },
};

/** What each status says of the money, partly settled in both ways. */
const moneyIn: Partial<Record<SettlementStatus, Partial<Settlement>[]>> = {
  settled: [{ confirmedMinor: netMinor }],
  partially_settled: [
    { confirmedMinor: 400n },
    { confirmedMinor: 400n, returnedMinor: 600n },
    { returnedMinor: 400n },
  ],
  returned: [{ returnedMinor: netMinor }],
};

function settlementsIn(status: SettlementStatus): Settlement[] {
  return (moneyIn[status] ?? [{}]).map((money) => ({
    ...{ id: '0190a0b0-0000-8000-8000-000000000001', walletId: 'shop', ownerId: 'o' },
    ...{ paymentId: null, windowId: null, origin: 'run', status, version: 2, currency: 'USD' },
    ...{ createdBy: 'olga', approvedBy: null, carriedInMinor: 0n, carriedOutMinor: 0n },
    ...{ grossMinor: netMinor, refundsMinor: 0n, disputesMinor: 0n, feesMinor: 0n },
    ...{ carriedMinor: 0n, netMinor, confirmedMinor: 0n, returnedMinor: 0n },
    ...{ bankedMinor: 0n, overpaidMinor: 0n },
    ...{ itemCount: 1, cuts: none, destination: null, reference: null, reason: null },
    ...{ failureCode: null, availableOnMs: null, acceptedAtMs: 1_700_000_000_000, ...money },
  }));
}

/** Where an order leads from a status, whatever part of the money it is about. */
function outcomesOf(status: SettlementStatus, target: SettlementTarget) {
  return settlementsIn(status).flatMap((settlement) =>
    [0n, 100n, 400n, 600n, netMinor].map((amountMinor) => {
      const order = {
        ...{ intentId: '0190a0b0-0000-8000-8000-000000000002', target, actorId: 'otto' },
        ...{ amountMinor, isOfPaid: false, reference: null },
      };
      const book = bookOf();
      const outcome = decideTransition(order, { settlement, standing, wallet: shop, book });
      return { settlement, outcome, book };
    }),
  );
}

const pairs = statuses.flatMap((status) => targets.map((target) => ({ status, target })));

describe('every pair of a status and what is asked', () => {
  test.each(pairs)('$target of what is $status', ({ status, target }) => {
    const legal = settlementStates.rows.filter(
      (row) => row.from === status && row.action === target,
    );
    const reached = new Set<string>();
    for (const { settlement, outcome, book } of outcomesOf(status, target)) {
      if (outcome.ok) {
        reached.add(outcome.settlement.status);
        expect(outcome.settlement.version).toBe(settlement.version + 1);
        continue;
      }
      expect(['invalid_state', 'amount_out_of_range']).toContain(outcome.code);
      if (legal.length === 0) expect(outcome.code).toBe('invalid_state');
      expect([book.transfers.length, book.changed.size]).toEqual([0, 0]);
    }
    expect([...reached].sort()).toEqual([...new Set(legal.map(({ to }) => to))].sort());
  });

  test('what left is never more, nor comes back as more, than the net', () => {
    for (const { status, target } of pairs) {
      for (const { outcome } of outcomesOf(status, target)) {
        if (!outcome.ok) continue;
        const { confirmedMinor, returnedMinor } = outcome.settlement;
        expect(confirmedMinor >= 0n && returnedMinor >= 0n).toBe(true);
        expect(confirmedMinor + returnedMinor <= netMinor).toBe(true);
      }
    }
  });
});

test('nobody approves what he asked for himself', () => {
  const [settlement] = settlementsIn('pending_approval');
  const order = {
    ...({ intentId: 'i', target: 'submitted', actorId: 'olga', isOfPaid: false } as const),
  };
  const found = { settlement, standing, wallet: shop, book: bookOf() };
  expect(decideTransition({ ...order, amountMinor: 0n, reference: null }, found)).toEqual({
    ...{ ok: false, code: 'same_person' },
  });
});
