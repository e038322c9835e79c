import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { maximumAmountMinor, maximumHoldSeconds } from './items.ts';
import type { LedgerItem, Refusal } from './items.ts';
import { captureOf, chainOf, createLedgerStage, holdOf, leg } from './testing/ledger-stage.ts';
import { move, reversalOf, transferOf, voidOf } from './testing/ledger-stage.ts';
import type { LedgerStage } from './testing/ledger-stage.ts';

let stage: LedgerStage;

beforeAll(async () => {
  stage = await createLedgerStage(1);
});
afterAll(() => stage.close());

/** What no compiler let through: it comes over a wire, or from plain JavaScript. */
function wild(item: unknown): LedgerItem {
  return item as LedgerItem;
}

test('every bad item is refused by name, alone; all others of its batch are posted', async () => {
  const ids = await stage.open(1_000n, 0n, 50n, 0n);
  const [ann = 0n, bob = 0n, frozen = 0n, closed = 0n] = ids;
  const euro = {
    walletId: randomUUID(),
    ownerId: null,
    kind: 'customer',
    currency: 'EUR',
  } as const;
  const [euros = 0n] = await stage.ledger.openAccounts([euro]);
  const why = { actor: 'test', reason: 'test' };
  await stage.ledger.setAccountStatus({ accountId: frozen, status: 'frozen', ...why });
  await stage.ledger.setAccountStatus({ accountId: closed, status: 'closed', ...why });
  const nobody = 999_999_999n;
  const [done, open, paid] = [holdOf(ann, 10n), holdOf(ann, 10n), move(ann, bob, 5n)];
  await stage.ledger.post([done, open, paid, captureOf(done.id, bob, 10n), reversalOf(paid.id)]);
  const payment = move(ann, bob, 1n);
  const bad: [string, LedgerItem, Refusal][] = [
    ['unbalanced legs', transferOf('payment', leg(ann, -5n), leg(bob, 4n)), 'unbalanced'],
    ['one leg', transferOf('payment', leg(ann, -5n)), 'unbalanced'],
    ['no legs', transferOf('payment'), 'unbalanced'],
    ['an unknown account', move(ann, nobody, 5n), 'unknown_account'],
    ['an account of another currency', move(ann, euros, 5n), 'currency_mismatch'],
    ['amount 0', move(ann, bob, 0n), 'invalid_amount'],
    ['an amount out of bounds', move(ann, bob, maximumAmountMinor + 1n), 'invalid_amount'],
    ['the same account twice', move(ann, ann, 5n), 'same_account'],
    ['from a frozen account', move(frozen, bob, 5n), 'account_frozen'],
    ['to a closed account', move(ann, closed, 5n), 'account_closed'],
    ['the wrong side of the chart', move(ann, bob, 5n, 'top_up'), 'kind_not_allowed'],
    ['more than there is', move(ann, bob, 1_001n), 'insufficient_funds'],
    ['a later time', { ...payment, effectiveAtMs: Date.now() + 60_000 }, 'invalid_effective_time'],
    ['a hold of nothing', holdOf(ann, 0n), 'invalid_amount'],
    ['a hold for ever', holdOf(ann, 1n, maximumHoldSeconds + 1), 'invalid_expiry'],
    ['a hold on a frozen account', holdOf(frozen, 1n), 'account_frozen'],
    ['capture of an unknown hold', captureOf(randomUUID(), bob, 5n), 'unknown_hold'],
    ['a second capture', captureOf(done.id, bob, 5n), 'hold_closed'],
    ['more than the hold', captureOf(open.id, bob, 11n), 'hold_exceeded'],
    ['void of an unknown hold', voidOf(randomUUID()), 'unknown_hold'],
    ['void of a captured hold', voidOf(done.id), 'hold_closed'],
    ['reversal of nothing', reversalOf(randomUUID()), 'unknown_transfer'],
    ['a second reversal', reversalOf(paid.id), 'already_reversed'],
    ['an empty chain', chainOf(), 'empty_chain'],
    ['a chain with a bad item', chainOf(move(ann, bob, 1n), move(ann, bob, 0n)), 'invalid_amount'],
    ['an id used before', { ...move(ann, bob, 1n), id: paid.id }, 'id_reused'],
    ['nothing', wild(null), 'malformed'],
    ['an unknown type', wild({ ...payment, type: 'gift' }), 'malformed'],
    ['an unknown kind', wild({ ...payment, kind: 'gift' }), 'malformed'],
    ['an id that is none', { ...payment, id: 'payment 1' }, 'malformed'],
    ['an id in capitals', { ...payment, id: payment.id.toUpperCase() }, 'malformed'],
    ['a hold id that is none', captureOf("'; drop table hold; --", bob, 1n), 'malformed'],
    ['an account id beyond 64 bits', move(1n << 70n, bob, 1n), 'malformed'],
    [
      'a number for an amount',
      wild(transferOf('payment', wildLeg(ann, 5), leg(bob, -5n))),
      'malformed',
    ],
    ['NUL in a reference', { ...payment, reference: 'a\u0000b' }, 'malformed'],
    ['half a character in metadata', { ...payment, metadata: { note: '\ud800' } }, 'malformed'],
    ['no time at all', { ...payment, effectiveAtMs: Number.NaN }, 'malformed'],
    ['a chain in a chain', wild({ ...chainOf(), items: [chainOf(payment)] }), 'malformed'],
  ];
  const before = await stage.balancesOf(ids);
  const held = await stage.heldOf(ann);
  const items = bad.flatMap(([, item]) => [item, move(ann, bob, 1n)]);
  const results = await stage.ledger.post(items);
  for (const [index, [what, , reason]] of bad.entries()) {
    expect([what, results[index * 2]]).toEqual([
      what,
      expect.objectContaining({ ok: false, reason }),
    ]);
    expect(results[index * 2 + 1]).toEqual({ ok: true, repeated: false });
  }
  const good = BigInt(bad.length);
  const [annHad = 0n, bobHad = 0n, ...others] = before;
  expect(await stage.balancesOf(ids)).toEqual([annHad - good, bobHad + good, ...others]);
  expect(await stage.heldOf(ann)).toBe(held);
});

function wildLeg(accountId: bigint, amountMinor: number) {
  return { ...leg(accountId, 1n), amountMinor: amountMinor as unknown as bigint };
}
