import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPayment, findWalletViews, LedgerFault } from '@wallet/core-ledger';
import type { Connection } from '@wallet/core-ledger';
import { topics, type PaymentEvent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;

beforeAll(async () => {
  wire = await createTestWire('settlement');
});
afterAll(() => wire.close());

/** Each group has a ledger of its own: positions, intents and outbox start empty. */
function withStage(): void {
  beforeAll(async () => {
    stage = await createPostingStage(wire.wire.codec);
    member = await stage.join();
  });
  afterAll(() => stage.close());
}

const id = (record: { value: Buffer | null }): string => {
  const read = wire.wire.codec.decode(topics.paymentScored, record.value);
  if (!read.ok) throw new Error('not a payment');
  return read.value.intent.intent_id;
};
const statusOf = async (record: { value: Buffer | null }) =>
  (await findPayment(stage.database.knex, id(record)))?.status;
const walletOf = async (walletId: string) =>
  (await findWalletViews(stage.database.knex, [walletId]))[0];
const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
  (await stage.database.knex.raw<{ rows: Record<string, unknown>[] }>(sql)).rows;

describe('what becomes of a payment', () => {
  withStage();

  it('approved between wallets it is captured, with its event, decision and entries', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const record = stage.payment({ payer_wallet_id: payer, payee_wallet_id: payee });
    expect(await member.posting.handle([record])).toEqual([
      { topic: 'payment-scored', partition: 0, nextOffset: record.offset + 1 },
    ]);
    expect(await findPayment(stage.database.knex, id(record))).toMatchObject({
      ...{ status: 'captured', version: 1, amountMinor: 100n, capturedMinor: 100n, feeMinor: 0n },
      ...{ payerWalletId: payer, payeeWalletId: payee, failureCode: null, description: 'lunch' },
    });
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 900n, version: 2n });
    expect(await walletOf(payee)).toMatchObject({ balanceMinor: 100n, version: 1n });
    const [handed] = member.committed.splice(0);
    const event = wire.wire.codec.decode<PaymentEvent>(
      topics.paymentEvents,
      handed?.records[0]?.payload ?? null,
    );
    expect(event).toMatchObject({
      ok: true,
      value: { type: 'payment.captured', payment_version: 1, payment_id: id(record) },
    });
    expect(handed?.records[0]?.headers).toEqual(record.headers);
    const evidence = await rows(`select scored from decision where payment_id = '${id(record)}'`);
    expect(evidence).toEqual([{ scored: record.value }]);
  });

  it('to a merchant it credits what is pending, less the fee', async () => {
    const payer = await stage.openWallet({ balance: 10_000n });
    const shop = await stage.openWallet({ kind: 'merchant' });
    const whole = { payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 1_000n };
    const least = { payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 1n };
    await member.posting.handle([stage.payment(whole), stage.payment(least)]);
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 8_999n });
    expect(await walletOf(shop)).toMatchObject({
      ...{ balanceMinor: 981n, pendingMinor: 981n, availableMinor: 0n, version: 2n },
    });
    const fees = await rows(`select balance_minor from account where kind = 'fees'`);
    expect(fees).toEqual([{ balance_minor: '20' }]);
  });

  it('in review or captured by hand it is held; blocked it moves nothing', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const parties = { payer_wallet_id: payer, payee_wallet_id: payee };
    const inReview = stage.payment(parties, { outcome: 'review' });
    const authorized = stage.payment({ ...parties, capture: 'manual' });
    const brief = stage.payment({ ...parties, capture: 'manual', authorization_expires_in: 60 });
    const rejected = stage.payment(parties, { outcome: 'block' });
    await member.posting.handle([inReview, authorized, brief, rejected]);
    expect(await Promise.all([inReview, authorized, brief, rejected].map(statusOf))).toEqual([
      ...['in_review', 'authorized', 'authorized', 'rejected'],
    ]);
    expect(await walletOf(payer)).toMatchObject({
      ...{ balanceMinor: 1_000n, heldMinor: 300n, availableMinor: 700n, version: 1n },
    });
    const left = await rows(`select p.id, extract(epoch from h.expires_at - h.created_at)::int as s,
      p.authorization_expires_at is null as unset
      from hold h join payment p on p.id = h.payment_id order by s`);
    expect(left).toEqual([
      { id: id(brief), s: 60, unset: false },
      { id: id(inReview), s: 86_400, unset: true },
      { id: id(authorized), s: 604_800, unset: false },
    ]);
  });

  it('refused it is failed by name, and its neighbours are captured', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const frozen = await stage.openWallet({ balance: 1_000n });
    const closed = await stage.openWallet();
    const euros = await stage.openWallet({ currency: 'EUR' });
    await rows(`update account set status = 'frozen' where wallet_id = '${frozen}'`);
    await rows(`update account set status = 'closed' where wallet_id = '${closed}'`);
    const pay = (from: string, to: string, amount = 10n) =>
      stage.payment({ payer_wallet_id: from, payee_wallet_id: to, amount_minor: amount });
    const cases = [
      { record: pay(payer, payee), code: null },
      { record: pay(payer, payee, 1_001n), code: 'insufficient_funds' },
      { record: pay(payer, payer), code: 'same_account' },
      { record: pay(payer, euros), code: 'currency_mismatch' },
      { record: pay(frozen, payee), code: 'account_frozen' },
      { record: pay(payer, frozen), code: null },
      { record: pay(payer, closed), code: 'account_closed' },
      { record: pay(payer, crypto.randomUUID()), code: 'wallet_not_found' },
      { record: pay(payer, payee), code: null },
    ];
    await member.posting.handle(cases.map(({ record }) => record));
    for (const { record, code } of cases) {
      expect(await findPayment(stage.database.knex, id(record))).toMatchObject({
        status: code === null ? 'captured' : 'failed',
        failureCode: code,
      });
    }
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 970n });
    const refused = { kind: 'payment', code: 'insufficient_funds' } as const;
    expect(await member.metrics.read('wallet_refusals_total', refused)).toBe(1);
  });
});

describe('every intent has its effect once', () => {
  withStage();

  it('20 payments of 60 from 100 at once: one is captured', async () => {
    const payer = await stage.openWallet({ balance: 100n });
    const payee = await stage.openWallet();
    const records = Array.from({ length: 20 }, () =>
      stage.payment({ payer_wallet_id: payer, payee_wallet_id: payee, amount_minor: 60n }),
    );
    await member.posting.handle(records);
    const outcomes = await Promise.all(records.map(statusOf));
    expect(outcomes.filter((status) => status === 'captured')).toHaveLength(1);
    expect(outcomes.filter((status) => status === 'failed')).toHaveLength(19);
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 40n });
  });

  it('a repeat has no effect: in the batch, in a later one, after an offset reset', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const first = stage.payment({ payer_wallet_id: payer, payee_wallet_id: payee });
    const again = { ...first, offset: stage.payment({}).offset };
    const later = { ...first, offset: stage.payment({}).offset };
    await member.posting.handle([first, again]);
    await member.posting.handle([later]);
    await rows(`update consumer_offset set next_offset = 0`);
    const replaying = await stage.join();
    await replaying.posting.handle([first, again, later]);
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 900n });
    const duplicate = { stage: 'settlement', outcome: 'duplicate' } as const;
    expect(await member.metrics.read('wallet_stage_records_total', duplicate)).toBe(2);
    expect(await replaying.metrics.read('wallet_stage_records_total', duplicate)).toBe(3);
    await member.assign();
  });

  it('records below the position are dropped without a word to the database', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const parties = { payer_wallet_id: payer, payee_wallet_id: payee };
    const [done, next] = [stage.payment(parties), stage.payment(parties)];
    await member.posting.handle([done, next]);
    const duplicate = { stage: 'settlement', outcome: 'duplicate' } as const;
    const before = await member.metrics.read('wallet_stage_records_total', duplicate);
    await member.posting.handle([done]);
    expect(await member.metrics.read('wallet_stage_records_total', duplicate)).toBe(before);
    const [standing] = await rows(
      `select next_offset from consumer_offset where topic = 'payment-scored' and partition = 0`,
    );
    expect(standing).toEqual({ next_offset: String(next.offset + 1) });
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 800n });
  });

  it('the same id with another payload is a dead letter, at once or long after', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const parties = { payer_wallet_id: payer, payee_wallet_id: await stage.openWallet() };
    const first = stage.payment(parties);
    const forged = stage.payment({ ...parties, intent_id: id(first), amount_minor: 900n });
    member.committed.length = 0;
    await member.posting.handle([first, forged]);
    const late = stage.payment({ ...parties, intent_id: id(first), amount_minor: 800n });
    await member.posting.handle([late]);
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 900n });
    const letters = member.committed.filter(({ topic }) => topic.endsWith('.dead-letter'));
    expect(letters.map(({ records }) => records[0])).toMatchObject(
      [forged, late].map((record) => ({
        ...{ payload: record.value, key: record.key, partition: 0 },
        headers: {
          'dead-letter-topic': 'payment-scored',
          'dead-letter-offset': String(record.offset),
          'dead-letter-reason': 'payload_mismatch',
        },
      })),
    );
    const counted = { topic: 'payment-scored', reason: 'payload_mismatch' } as const;
    expect(await member.metrics.read('wallet_dead_letters_total', counted)).toBe(2);
  });

  it('a member whose partitions moved on without it has no effect: zombie', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const parties = { payer_wallet_id: payer, payee_wallet_id: await stage.openWallet() };
    const sleeping = await stage.join();
    const first = stage.payment(parties);
    await member.posting.handle([first]);
    const stale = sleeping.posting.handle([first, stage.payment(parties)]);
    await expect(stale).rejects.toMatchObject({ code: 'zombie', retriable: false });
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 900n });
    await member.assign();
  });

  it('a commit whose answer is lost is looked up, not done again', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const parties = { payer_wallet_id: payer, payee_wallet_id: await stage.openWallet() };
    for (const committed of [true, false]) {
      const blind = await stage.join({
        wrap: (connection) => losingAnswer(connection, committed),
      });
      const record = stage.payment(parties);
      await expect(blind.posting.handle([record])).rejects.toMatchObject({ retriable: true });
      await blind.posting.handle([record]);
      expect(await statusOf(record)).toBe('captured');
      await member.assign();
    }
    expect(await walletOf(payer)).toMatchObject({ balanceMinor: 800n });
  });
});

/** Loses the answer to the first commit, which happened or did not. */
function losingAnswer(connection: Connection, committed: boolean): Connection {
  let lost = false;
  return {
    ...connection,
    begin: async (statements) => {
      const transaction = await connection.begin(statements);
      return {
        ...transaction,
        commit: async (writes) => {
          if (lost) return transaction.commit(writes);
          lost = true;
          if (committed) await transaction.commit(writes);
          else await transaction.rollback();
          throw new LedgerFault('commit_unknown', 'the answer was lost', { retriable: true });
        },
      };
    },
  };
}
