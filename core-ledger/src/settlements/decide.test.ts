import { expect, test } from '@jest/globals';
import { decideSettlement } from './decide.ts';
import type { SettlementRequest } from './decide.ts';
import type { Standing, VersionedMovement } from './standing.ts';
import { bookWith, shop, standing } from './testing/settlement-cases.ts';

const request: SettlementRequest = {
  ...{ id: 'batch', walletId: 'shop', ownerId: 'owner', paymentId: null, windowId: null },
  ...{ origin: 'run', currency: 'USD', createdBy: 'maker', reason: null, acceptedAtMs: 1 },
};

const sale: VersionedMovement = {
  ...{ transferId: 'sale', kind: 'payment', paymentId: 'p', amountMinor: 100n, feeMinor: 0n },
  ...{ postedAtMs: 1, versions: [7n, null, 9n, null] },
};

function standingBehind(rest: Partial<Standing>) {
  const tops = [20n, 20n, 20n, 20n] as const;
  return decideSettlement(request, {
    ...{ wallet: shop, standing: { ...standing, tops, movements: [sale], ...rest } },
    ...{ payment: undefined, isDisputed: false, earlier: undefined, waiting: undefined },
    ...{ openWindowId: '', book: bookWith(100n) },
  }).standing;
}

test('a batch of all that waits says so: what came before is not looked at again', () => {
  const seen = bookWith(100n).account(2n)?.version;
  expect(standingBehind({ seenVersion: -1n })).toMatchObject({
    ...{ cuts: [20n, 20n, 20n, 20n], seenVersion: seen },
  });
});

test('a batch of the oldest alone does not: the next one looks from where this one did', () => {
  const cuts = [1n, 2n, 3n, 4n] as const;
  expect(standingBehind({ isPartial: true, cuts, seenVersion: -1n })).toMatchObject({
    ...{ cuts, seenVersion: -1n },
  });
});
