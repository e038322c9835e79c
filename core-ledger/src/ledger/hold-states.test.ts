import { describe, expect, test } from '@jest/globals';
import { statusesOf } from '../states/state-table.ts';
import type { Hold } from './book-state.ts';
import { createBook } from './book.ts';
import { holdStates } from './hold-states.ts';
import type { LedgerItem } from './items.ts';
import { account, hold } from './testing/book-cases.ts';

const states = statusesOf(holdStates).filter((state) => state !== 'asked');
const actions = ['capture', 'void', 'expire'] as const;
type Action = (typeof actions)[number];

function itemOf(action: Exclude<Action, 'expire'>, amountMinor: bigint): LedgerItem {
  if (action === 'void') return { type: 'void', id: 'item', holdId: 'hold' };
  return {
    ...{ type: 'capture', id: 'item', holdId: 'hold', kind: 'payment', intentId: null },
    ...{ to: [{ accountId: 2n, amountMinor }], final: false },
  };
}

/** Where the action leads a hold of 50, or null where it is refused; with what is held then. */
function outcomeOf(state: Hold['state'], action: Action, isPast: boolean, amountMinor: bigint) {
  const heldMinor = state === 'open' ? 50n : 0n;
  const book = createBook({
    accounts: [account(1, 90n, { heldMinor }), account(2, 0n)],
    holds: [hold('hold', { state, isPast })],
  });
  const isDone =
    action === 'expire' ? book.expire('hold') : book.post(itemOf(action, amountMinor)).ok;
  const to = book.hold('hold')?.state;
  const held = book.account(1n)?.heldMinor;
  if (isDone) expect(held).toBe(to === 'open' ? 50n - amountMinor : 0n);
  else expect([to, held, book.entries.length]).toEqual([state, heldMinor, 0]);
  return isDone ? to : null;
}

describe('every pair of a state and an action', () => {
  const pairs = states.flatMap((state) => actions.map((action) => ({ state, action })));
  test.each(pairs)('$action of what is $state', ({ state, action }) => {
    const reached = [true, false].flatMap((isPast) =>
      [20n, 50n].map((minor) => outcomeOf(state, action, isPast, minor)),
    );
    const legal = holdStates.rows.filter((row) => row.from === state && row.action === action);
    const found = new Set(reached.filter((to) => to !== null));
    expect([...found].sort()).toEqual([...new Set<string>(legal.map(({ to }) => to))].sort());
  });

  test('past its time nothing but its end comes of it', () => {
    expect(actions.map((action) => outcomeOf('open', action, true, 50n))).toEqual([
      ...[null, null, 'expired'],
    ]);
  });
});
