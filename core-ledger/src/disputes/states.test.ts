import { describe, expect, test } from '@jest/globals';
import { isFinal, statusesOf, unreachableOf, withoutTimerOf } from '../states/state-table.ts';
import type { DisputeCommand } from './command.ts';
import { decideDispute } from './decide.ts';
import { disputeActions, disputeTable } from './dispute.ts';
import type { DisputeActor, DisputeStatus } from './dispute.ts';
import { contextOf, disputeIn, monday, users } from './testing/dispute-cases.ts';

const statuses = statusesOf(disputeTable).filter((status) => status !== 'pending');
const actions = [...disputeActions, 'deadline', 'refund'].filter(
  (action): action is Exclude<DisputeCommand['action'], 'evidence'> => action !== 'evidence',
);
const actors = Object.keys(users) as DisputeActor[];
const awards = [0n, 4_000n, 10_000n];

test('every status is reached, and a timer ends each that must not stay', () => {
  expect(unreachableOf(disputeTable)).toEqual([]);
  expect(withoutTimerOf(disputeTable)).toEqual([]);
  expect(statuses.filter((status) => isFinal(disputeTable, status))).toEqual([
    ...['failed', 'closed', 'withdrawn', 'accepted', 'expired', 'won', 'lost', 'partially_won'],
  ]);
});

const waysFound = new Map<DisputeStatus, ReadonlySet<string>>();

/** Every way out of a status that somebody finds by any action, with any award. */
function waysOut(from: DisputeStatus): ReadonlySet<string> {
  const ways = waysFound.get(from) ?? findWaysOut(from);
  waysFound.set(from, ways);
  return ways;
}

function findWaysOut(from: DisputeStatus): ReadonlySet<string> {
  const found = new Set<string>();
  const lapsed = { ...contextOf().payment, refundedMinor: 10_000n };
  for (const action of actions) {
    for (const by of actors) {
      for (const awardedMinor of awards) {
        for (const appealed of from === 'under_appeal' ? awards : [null]) {
          for (const payment of [contextOf().payment, lapsed]) {
            const dispute = disputeIn(from, appealed === null ? {} : appealedWith(appealed, by));
            const command = { action, by, actorId: users[by], awardedMinor, atMs: monday };
            const decided = decideDispute(dispute, command, contextOf({ payment }));
            if (!decided.ok) continue;
            const { status, version } = decided.dispute;
            expect(version).toBe(dispute.version + 1);
            found.add(`${action} ${by} ${status} ${decided.event}`);
          }
        }
      }
    }
  }
  return found;
}

/** An appeal against so much; its side is the one that would make the actor's word count. */
function appealedWith(awarded: bigint, by: DisputeActor) {
  const appealedBy = by === 'payer' || by === 'support' ? 'payer' : 'payee';
  const isPayers = awarded === 0n || (appealedBy === 'payer' && awarded < 10_000n);
  const position = { reserved: 0n, credited: 0n, awarded, fee: 0n };
  return { position, appealedBy: isPayers ? 'payer' : 'payee' } as const;
}

/** A payer has lost nothing of a lost dispute, nor a payee of a won one: they cannot withdraw. */
const impossible = new Set([
  ...['payer', 'support'].map((by) => `under_appeal withdraw ${by} lost dispute.lost`),
  'under_appeal withdraw payee won dispute.won',
]);

describe('every pair of statuses', () => {
  test.each(statuses)('%s is left as the table says, and in no other way', (from) => {
    const legal = disputeTable.rows
      .filter((row) => row.from === from)
      .flatMap(({ action, by, to, event }) => by.map((who) => `${action} ${who} ${to} ${event}`))
      .filter((way) => !impossible.has(`${from} ${way}`));
    expect([...waysOut(from)].sort()).toEqual([...new Set(legal)].sort());
  });

  const pairs = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));
  test.each(pairs)('%s → %s', (from, to) => {
    const isLegal = disputeTable.rows.some((row) => row.from === from && row.to === to);
    const ways = [...waysOut(from)];
    expect(ways.some((way) => way.split(' ')[2] === to)).toBe(isLegal);
  });
});
