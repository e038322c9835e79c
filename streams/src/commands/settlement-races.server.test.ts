import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findAction, listSettlements } from '@wallet/core-ledger';
import type { SettlementTarget } from '@wallet/core-ledger';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { createSettlementCases, type SettlementCases } from '../testing/settlement-cases.ts';
import { commandsPlan } from './plan.ts';

let wire: TestWire;
let stage: Stage;
let cases: SettlementCases;
let other: Member;
let payer: string;

beforeAll(async () => {
  wire = await createTestWire('settlement-races');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createSettlementCases(stage);
  other = await stage.join({ plan: commandsPlan });
  payer = await stage.openWallet({ balance: 10_000_000n });
});
afterAll(async () => {
  await cases.close();
  await wire.close();
  await stage.closeSound();
});

const rounds = 200;
const code = async (id: string) => (await findAction(stage.database.knex, id))?.failureCode;

/** Two operators at once, each in a process of his own: why each was refused, or null. */
async function race(
  settlementId: string,
  walletId: string,
  targets: readonly [SettlementTarget, SettlementTarget],
) {
  const ids = targets.map(() => randomUUID());
  const asked = targets.map((target, place) => {
    const of = { settlement_id: settlementId, wallet_id: walletId, target };
    const intent = { intent_id: ids[place] ?? '', kind: 'settlement_transition' as const, ...of };
    return cases.ask(intent, place === 0 ? cases.commands : other);
  });
  await Promise.all(asked);
  return Promise.all(ids.map(code));
}

test(`two operators at one batch, ${rounds} times: one legal outcome, paid once`, async () => {
  const merchant = await cases.openMerchant();
  const start = await cases.balances(merchant);
  const winners = new Map<string, number>();
  let paid = 0n;
  for (let round = 0; round < rounds; round += 1) {
    await cases.pay(payer, merchant, 1_000n);
    const id = await cases.run(merchant);
    const { netMinor } = await cases.see(id);
    const second = round % 2 === 0 ? 'aborted' : 'submitted';
    const codes = await race(id, merchant, ['submitted', second]);
    expect({ round, codes: [...codes].sort() }).toEqual({ round, codes: ['invalid_state', null] });
    const { status } = await cases.see(id);
    expect(status).toBe(codes[0] === null ? 'submitted' : second);
    const sent = status === 'submitted' ? netMinor : 0n;
    expect((await cases.balances(merchant)).transit - start.transit).toBe(sent);
    if (status === 'submitted') {
      const said = await race(id, merchant, ['settled', 'failed']);
      expect({ round, said: [...said].sort() }).toEqual({ round, said: ['invalid_state', null] });
      if (said[0] === null) paid += netMinor;
    }
    const last = (await cases.see(id)).status;
    winners.set(last, (winners.get(last) ?? 0) + 1);
  }
  const { bank, transit } = await cases.balances(merchant);
  expect({ bank: bank - start.bank, transit: transit - start.transit }).toEqual({
    ...{ bank: paid, transit: 0n },
  });
  // Both ways to win were seen, or it was no race.
  expect([...winners.keys()].sort()).toEqual(expect.arrayContaining(['failed', 'settled']));
}, 120_000);

test('payments that clear while their window closes are each in one batch', async () => {
  const merchant = await cases.openMerchant({ clearingSeconds: 1 });
  const paid = [];
  for (let payment = 0; payment < 40; payment += 1) {
    paid.push(await cases.pay(payer, merchant, 1_000n));
  }
  const first = await cases.ask({ wallet_id: merchant, payment_id: paid[0] ?? null });
  const { windowId } = await cases.see(first);
  const close = { kind: 'settlement_window_close' as const, window_id: windowId };
  // Money clears in one process, while in others the window closes and its batch is made.
  let isCleared = false;
  const clearing = (async () => {
    while ((await cases.balances(merchant)).pending > 0n) await cases.clear();
    isCleared = true;
  })();
  await cases.ask(close, other);
  for (let turn = 0, isLast = false; !isLast; turn += 1) {
    isLast = isCleared;
    // The batch of the window, then what an operator asks for besides.
    const batch = await cases.run(merchant, { window_id: turn === 0 ? windowId : null });
    const { status } = await cases.see(batch);
    if (status === 'pending_approval') await cases.act(batch, 'submitted');
  }
  await clearing;
  const { settlements: all } = await listSettlements(stage.database.knex, {
    ...{ ownerId: null, filter: { walletId: merchant }, limit: 1_000, after: null },
  });
  const sum = (of: (one: (typeof all)[number]) => bigint) =>
    all.reduce((total, one) => total + of(one), 0n);
  expect(sum(({ itemCount }) => BigInt(itemCount))).toBe(40n);
  expect(sum(({ netMinor }) => netMinor)).toBe(40n * 980n);
  const { pending, available } = await cases.balances(merchant);
  expect({ pending, available }).toEqual({ pending: 0n, available: 0n });
}, 60_000);
