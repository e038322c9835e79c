import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  findAction,
  findChanges,
  findLimitRefusal,
  findWalletViews,
  findWithdrawal,
  putTier,
  setWalletStatus,
  setWalletTier,
} from '@wallet/core-ledger';
import { topics, type InboundRecord, type WalletEvent, type WalletIntent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { commandsPlan } from './plan.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;
let wallet: string;

beforeAll(async () => {
  wire = await createTestWire('withdrawals');
  stage = await createPostingStage(wire.wire.codec);
  member = await stage.join({ plan: commandsPlan });
});
afterAll(async () => {
  await wire.close();
  await stage.closeSound();
});
beforeEach(async () => {
  wallet = await stage.openWallet({ balance: 1_000n });
});

const withdrawal = (change: Partial<WalletIntent> = {}): InboundRecord =>
  stage.walletIntent({ kind: 'withdrawal', wallet_id: wallet, destination: 'bank-1', ...change });
const heard = (
  kind: 'withdrawal_confirmation' | 'withdrawal_return',
  of: InboundRecord,
  change: Partial<WalletIntent> = {},
): InboundRecord =>
  stage.walletIntent({
    ...{ kind, wallet_id: wallet, withdrawal_id: of.key, amount_minor: 0n },
    ...{ actor_role: 'operator', reason: 'heard', ...change },
  });
const settle = (...records: InboundRecord[]) => member.posting.handle(records);
const shown = async ({ key }: InboundRecord) => findWithdrawal(stage.database.knex, key ?? '');
const balance = async () => (await findWalletViews(stage.database.knex, [wallet]))[0]?.balanceMinor;
const actionOf = async ({ key }: InboundRecord) => findAction(stage.database.knex, key ?? '');
async function platform(kind: string): Promise<bigint> {
  const found = await stage.database.knex.raw<{ rows: { balance_minor: string }[] }>(
    `select balance_minor from account where kind = ? and currency = 'USD' and wallet_id is null`,
    [kind],
  );
  return BigInt(found.rows[0]?.balance_minor ?? 0);
}
function told(): string[] {
  const batches = member.committed.splice(0).filter(({ topic }) => topic === 'wallet-events');
  return batches.flatMap(({ records }) =>
    records.map((record) => {
      const read = wire.wire.codec.decode<WalletEvent>(topics.walletEvents, record.payload);
      return read.ok ? `${read.value.type} ${record.key ?? ''}` : read.reason;
    }),
  );
}

test('money is in transit until it is paid; nothing stays there', async () => {
  const sent = withdrawal();
  told();
  await settle(sent);
  expect(await shown(sent)).toMatchObject({ status: 'in_transit', version: 1, amountMinor: 100n });
  expect([await balance(), await platform('in_transit')]).toEqual([900n, 100n]);
  const confirmed = heard('withdrawal_confirmation', sent);
  await settle(confirmed);
  expect(await shown(sent)).toMatchObject({ status: 'paid', version: 2, destination: 'bank-1' });
  expect([await balance(), await platform('in_transit')]).toEqual([900n, 0n]);
  expect(await actionOf(confirmed)).toMatchObject({ status: 'succeeded', noun: 'withdrawal' });
  expect(told()).toEqual([
    `withdrawal.in_transit ${sent.key ?? ''}`,
    `withdrawal.paid ${sent.key ?? ''}`,
    `withdrawal_confirmation.succeeded ${confirmed.key ?? ''}`,
  ]);
  expect(await findChanges(stage.database.knex, sent.key ?? '')).toMatchObject([
    { from: 'pending', to: 'in_transit' },
    { from: 'in_transit', to: 'paid', role: 'operator', reason: 'heard' },
  ]);
});

test('what comes back is there again, once; repeats and late answers have no effect', async () => {
  const sent = withdrawal();
  const [back, again] = [heard('withdrawal_return', sent), heard('withdrawal_return', sent)];
  // Even when all comes in one batch.
  await settle(sent, back, again, heard('withdrawal_confirmation', sent));
  await settle({ ...back, offset: stage.walletIntent({}).offset });
  expect(await shown(sent)).toMatchObject({ status: 'returned', version: 2 });
  expect([await balance(), await platform('in_transit')]).toEqual([1_000n, 0n]);
  expect(await actionOf(again)).toMatchObject({ status: 'failed', failureCode: 'invalid_state' });
});

test('a return to a wallet that was closed meanwhile waits for a person', async () => {
  const sent = withdrawal({ amount_minor: 1_000n });
  await settle(sent);
  const order = { walletId: wallet, actor: randomUUID(), role: 'operator' as const };
  const why = { reason: 'gone', requestId: 'r', status: 'closed' as const };
  expect(await setWalletStatus(stage.database.knex, { ...order, ...why })).toEqual({ ok: true });
  const before = await platform('suspense');
  await settle(heard('withdrawal_return', sent));
  expect(await shown(sent)).toMatchObject({ status: 'returned' });
  expect([await balance(), (await platform('suspense')) - before]).toEqual([0n, 1_000n]);
});

test('refused by name, and nothing moves', async () => {
  const poor = withdrawal({ amount_minor: 1_001n });
  const foreign = withdrawal({ wallet_id: randomUUID() });
  const other = withdrawal({ currency: 'EUR' });
  await settle(poor, foreign, other);
  expect(
    (await Promise.all([poor, foreign, other].map(shown))).map((one) => one?.failureCode),
  ).toEqual(['insufficient_funds', 'wallet_not_found', 'currency_mismatch']);
  const unknown = heard('withdrawal_confirmation', { ...poor, key: randomUUID() });
  const never = heard('withdrawal_return', poor);
  await settle(unknown, never);
  expect(
    (await Promise.all([unknown, never].map(actionOf))).map((one) => one?.failureCode),
  ).toEqual([...['withdrawal_not_found', 'invalid_state']]);
  const order = { walletId: wallet, actor: randomUUID(), role: 'operator' as const };
  const why = { reason: 'a test', requestId: 'r' };
  await setWalletStatus(stage.database.knex, { ...order, ...why, status: 'frozen' });
  const frozen = withdrawal();
  await settle(frozen);
  expect((await shown(frozen))?.failureCode).toBe('account_frozen');
  await setWalletStatus(stage.database.knex, { ...order, ...why, status: 'active' });
  expect(await balance()).toBe(1_000n);
});

test('limits of a tier count withdrawals, and the refused one says which', async () => {
  const name = `tier-${randomUUID()}`;
  await putTier(stage.database.knex, {
    ...{ name, currency: 'USD', perTransactionMinor: null, perDayMinor: 250n },
    ...{ perMonthMinor: null, maximumBalanceMinor: 1_200n },
  });
  const order = { walletId: wallet, actor: randomUUID(), role: 'operator' as const };
  const given = { ...order, reason: 'new', requestId: 'r', tier: name };
  expect(await setWalletTier(stage.database.knex, given)).toEqual({ ok: true });
  const all = [withdrawal(), withdrawal(), withdrawal()];
  await settle(...all);
  expect((await Promise.all(all.map(shown))).map((one) => one?.failureCode)).toEqual([
    ...[null, null, 'limit_exceeded'],
  ]);
  const last = all.at(-1)?.key ?? '';
  expect(await findLimitRefusal(stage.database.knex, last)).toMatchObject({
    ...{ kind: 'per_day', limitMinor: 250n, usedMinor: 200n },
  });
  const full = stage.walletIntent({ wallet_id: wallet, amount_minor: 401n });
  await settle(full);
  expect(await findLimitRefusal(stage.database.knex, full.key ?? '')).toMatchObject({
    ...{ kind: 'maximum_balance', limitMinor: 1_200n, usedMinor: 800n, resetsAtMs: null },
  });
});

test('confirmation ∥ return: one of the two', async () => {
  const other = await stage.join({ plan: commandsPlan });
  for (let repetition = 0; repetition < 200; repetition += 1) {
    const sent = withdrawal({ amount_minor: 1n });
    await settle(sent);
    const confirm = { ...heard('withdrawal_confirmation', sent), partition: 0 };
    const back = { ...heard('withdrawal_return', sent), partition: 1, offset: repetition };
    await Promise.all([member.posting.handle([confirm]), other.posting.handle([back])]);
    const outcomes = (await Promise.all([confirm, back].map(actionOf))).map((one) => one?.status);
    expect([...outcomes].sort()).toEqual(['failed', 'succeeded']);
    const status = outcomes[0] === 'succeeded' ? 'paid' : 'returned';
    expect(await shown(sent)).toMatchObject({ status, version: 2 });
  }
  expect(await platform('in_transit')).toBe(200n);
}, 120_000);
