import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findTopUp, findWalletViews } from '@wallet/core-ledger';
import { topics, type WalletEvent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { commandsPlan } from './plan.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;

beforeAll(async () => {
  wire = await createTestWire('top-ups');
  stage = await createPostingStage(wire.wire.codec);
  member = await stage.join({ plan: commandsPlan });
});
afterAll(async () => {
  await stage.close();
  await wire.close();
});

it('top-ups settle, fail by name and are told; a repeat has no effect', async () => {
  const wallet = await stage.openWallet();
  const good = stage.walletIntent({ wallet_id: wallet, amount_minor: 500n });
  const wrong = stage.walletIntent({ wallet_id: wallet, currency: 'EUR' });
  await member.posting.handle([good, wrong]);
  expect(await findTopUp(stage.database.knex, good.key ?? '')).toMatchObject({
    ...{ status: 'succeeded', amountMinor: 500n, failureCode: null },
  });
  expect(await findTopUp(stage.database.knex, wrong.key ?? '')).toMatchObject({
    ...{ status: 'failed', failureCode: 'currency_mismatch' },
  });
  const told = member.committed.find((batch) => batch.topic === 'wallet-events');
  const types = told?.records.map((record) => {
    const read = wire.wire.codec.decode<WalletEvent>(topics.walletEvents, record.payload);
    return read.ok ? read.value.type : read.reason;
  });
  expect(types).toEqual(['top_up.succeeded', 'top_up.failed']);
  await member.posting.handle([{ ...good, offset: stage.walletIntent({}).offset }]);
  expect((await findWalletViews(stage.database.knex, [wallet]))[0]?.balanceMinor).toBe(500n);
});

it('an intent of a kind that is unknown here becomes a dead letter', async () => {
  member.committed.length = 0;
  await member.posting.handle([stage.walletIntent({ kind: 'unknown' })]);
  expect(member.committed[0]?.records[0]?.headers).toMatchObject({
    'dead-letter-reason': 'unprocessable',
  });
});
