import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findWalletViews, findWithdrawal } from '@wallet/core-ledger';
import type { InboundRecord, OutboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { commandsPlan } from '../commands/plan.ts';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { createSandboxRail } from './sandbox-rail.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;

beforeAll(async () => {
  wire = await createTestWire('rail');
  stage = await createPostingStage(wire.wire.codec);
  member = await stage.join({ plan: commandsPlan });
});
afterAll(async () => {
  await stage.close();
  await wire.close();
});

test('the bank of the sandbox answers what is in transit for a while, each once', async () => {
  const wallet = await stage.openWallet({ balance: 1_000n });
  const withdrawal = (destination: string): InboundRecord =>
    stage.walletIntent({ kind: 'withdrawal', wallet_id: wallet, destination });
  const [good, bad, young] = ['bank-1', 'return-me', 'bank-2'].map(withdrawal);
  await member.posting.handle([good, bad].flatMap((record) => record ?? []));
  await stage.database.knex.raw(`update withdrawal set updated_at = now() - interval '3 seconds'`);
  if (young !== undefined) await member.posting.handle([young]);

  const sent: OutboundRecord[] = [];
  let nowMs = Date.now();
  const publish = (record: OutboundRecord) => Promise.resolve(void sent.push(record));
  const rail = createSandboxRail({
    ...{ database: stage.database, codec: wire.wire.codec, publisher: { publish } },
    clock: { nowMs: () => nowMs },
  });
  expect(await rail()).toEqual({ done: 2, more: false });
  expect(await rail()).toEqual({ done: 0, more: false });
  nowMs += 6_000;
  // Not heard of yet: said again, under the same ids.
  expect(await rail()).toEqual({ done: 2, more: false });
  expect(sent.map(({ key }) => key)).toEqual([good, bad, good, bad].map((record) => record?.key));
  const first = stage.walletIntent({}).offset;
  const records = sent.map(({ topic, key, value }, index) => ({
    ...{ topic, key, value, partition: 0, offset: first + 1 + index },
    ...{ timestampMs: nowMs, headers: {} },
  }));
  await member.posting.handle(records);
  const shown = await Promise.all(
    [good, bad, young].map((record) => findWithdrawal(stage.database.knex, record?.key ?? '')),
  );
  expect(shown.map((one) => one?.status)).toEqual(['paid', 'returned', 'in_transit']);
  const [view] = await findWalletViews(stage.database.knex, [wallet]);
  expect(view?.balanceMinor).toBe(800n);
  expect(await rail()).toEqual({ done: 0, more: false });
});
